import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSpec } from "../../../../shared/schedule/texts/spec.ts";
import type { ScheduleSpec } from "../../../../shared/schedule/types.ts";
import { fromSpec, locate, toSpec } from "./draft.ts";
import { newDraft, sameDraft } from "./form.ts";
import { begin, reduceHistory } from "./history.ts";
import { type EditorAction, reduceDraft } from "./reducer.ts";
import { specArbitrary } from "./testing/specArbitrary.ts";

const isAccepted = (spec: ScheduleSpec): boolean => {
  try {
    parseSpec(spec, { unknownZone: "keep" });
    return true;
  } catch {
    return false;
  }
};

const opened = (spec: ScheduleSpec) => ({ ...newDraft("UTC"), when: fromSpec(spec) });

describe("draft", () => {
  it("opens every accepted spec and saves it unchanged", () => {
    let accepted = 0;
    fc.assert(
      fc.property(specArbitrary, (spec) => {
        fc.pre(isAccepted(spec));
        accepted++;
        const saved = toSpec(fromSpec(spec));
        expect(saved).toEqual(spec);
        expect(parseSpec(saved, { unknownZone: "keep" })).toEqual(parseSpec(spec, { unknownZone: "keep" }));
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(300);
  });

  it("changes nothing but the card that is edited", () => {
    fc.assert(
      fc.property(specArbitrary, fc.nat(), (spec, pick) => {
        fc.pre(isAccepted(spec));
        const draft = opened(spec);
        const card = draft.when.cards[pick % draft.when.cards.length]!;
        const changed = reduceDraft(draft, {
          type: "replaceCard",
          id: card.id,
          cards: [{ kind: card.kind, value: card.value } as never],
        });
        expect(toSpec(changed.when)).toEqual(spec);
        const copied = reduceDraft(draft, { type: "duplicateCard", id: card.id });
        const copy = copied.when.cards.find((c) => !draft.when.cards.some((old) => old.id === c.id))!;
        expect(copy.value).toEqual(card.value);
        const back = reduceDraft(copied, { type: "removeCard", id: copy.id });
        expect(toSpec(back.when)).toEqual(spec);
      }),
    );
  });

  it("leaves a list out once its last card is removed", () => {
    const draft = opened({ cron: ["0 9 * * *"], calendar: { hour: 9 }, exclude: ["2026-01-01"] });
    const cron = draft.when.cards.find((card) => card.kind === "cron")!;
    const removed = reduceDraft(draft, { type: "removeCard", id: cron.id });
    expect(toSpec(removed.when)).toEqual({ calendar: { hour: 9 }, exclude: ["2026-01-01"] });
    const included = reduceDraft(removed, { type: "removeExclusion", id: removed.when.exclusions[0]!.id });
    expect(toSpec(included.when)).toEqual({ calendar: { hour: 9 } });
  });

  it("takes the entries of a template and leaves exclusions, zone and bounds", () => {
    const draft = opened({ cron: "0 9 * * *", exclude: "2026-01-01", timezone: "Asia/Tokyo", jitter: "30s" });
    const begun = reduceDraft(draft, { type: "template", spec: { calendar: [{ times: ["02:30"] }] } });
    expect(toSpec(begun.when)).toEqual({
      calendar: [{ times: ["02:30"] }],
      exclude: "2026-01-01",
      timezone: "Asia/Tokyo",
      jitter: "30s",
    });
    expect(begun.when.exclusions).toBe(draft.when.exclusions);
    const ids = [...begun.when.cards, ...draft.when.cards].map((card) => card.id);
    expect(new Set(ids).size).toBe(2);
  });

  it("puts several exclusions in the place of one", () => {
    const draft = opened({ cron: "0 9 * * *", exclude: ["2026-01-01", { month: 5 }] });
    const [, rule] = draft.when.exclusions;
    const split = reduceDraft(draft, {
      type: "replaceExclusion",
      id: rule!.id,
      exclusions: [{ month: 6 }, { month: 7 }],
    });
    expect(toSpec(split.when).exclude).toEqual(["2026-01-01", { month: 6 }, { month: 7 }]);
    expect(split.when.exclusions[1]?.id).toBe(rule?.id);
    expect(new Set(split.when.exclusions.map((item) => item.id)).size).toBe(3);
  });

  it("finds the card that an error's path points into", () => {
    const when = fromSpec({ calendar: [{ hour: 9 }, { hour: 99 }], cron: "x", exclude: ["2026-01-01"] });
    expect(locate(when, "spec.calendar[1].hour")).toEqual({ id: when.cards[1]?.id, field: "hour" });
    expect(locate(when, "cron")).toEqual({ id: when.cards[2]?.id, field: "" });
    expect(locate(when, "exclude[0]")).toEqual({ id: when.exclusions[0]?.id, field: "" });
    expect(locate(when, "timezone")).toEqual({ id: null, field: "timezone" });
  });
});

describe("history", () => {
  const action: fc.Arbitrary<EditorAction> = fc.oneof(
    fc.string().map((name) => ({ type: "name" as const, name })),
    fc.constant<EditorAction>({ type: "addCards", cards: [{ kind: "calendar", value: { times: ["09:00"] } }] }),
    fc.constant<EditorAction>({ type: "addExclusions", exclusions: ["2026-05-01"] }),
    fc.constant<EditorAction>({ type: "timezone", timezone: "Asia/Tokyo" }),
    fc.constant<EditorAction>({ type: "dst", dst: "literal" }),
    fc.constant<EditorAction>({ type: "policy", changes: { maxAttempts: 3 } }),
    specArbitrary.map((spec) => ({ type: "spec" as const, spec })),
  );

  it("takes back every step, and does it again", () => {
    fc.assert(
      fc.property(specArbitrary, fc.array(action, { maxLength: 12 }), (spec, actions) => {
        const start = begin(opened(spec));
        let history = start;
        for (const step of actions) history = reduceHistory(history, { type: "edit", action: step, key: null });
        const end = history.present;
        const steps = history.past.length;
        for (let i = 0; i < steps; i++) history = reduceHistory(history, { type: "undo" });
        expect(history.present).toBe(start.present);
        for (let i = 0; i < steps; i++) history = reduceHistory(history, { type: "redo" });
        expect(history.present).toBe(end);
      }),
    );
  });

  it("joins the letters of one word, and keeps apart what is not one gesture", () => {
    let history = begin(newDraft("UTC"));
    for (const name of ["D", "Da", "Day"])
      history = reduceHistory(history, { type: "edit", action: { type: "name", name }, key: "name" });
    history = reduceHistory(history, { type: "edit", action: { type: "dst", dst: "shift" }, key: null });
    expect(history.past).toHaveLength(2);
    history = reduceHistory(reduceHistory(history, { type: "undo" }), { type: "undo" });
    expect(history.present.name).toBe("");
  });

  it("knows that a draft taken back is the saved one", () => {
    const draft = opened({ cron: "0 9 * * *" });
    const edited = reduceDraft(draft, { type: "timezone", timezone: "Asia/Tokyo" });
    expect(sameDraft(draft, edited)).toBe(false);
    expect(sameDraft(draft, { ...draft, name: " " })).toBe(true);
  });
});
