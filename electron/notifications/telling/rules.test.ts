import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { NoticeEvent } from "../../../shared/domain/notifications.ts";
import { type Change, isAbout, isNothing, nothingTold, type RuleState, step } from "./rules.ts";

const runIds = ["r1", "r2", "r3", "r4"];
const kinds = ["failed", "completed", "missed", "slow", "overdue", "interrupted", "late_result", "paused"] as const;
const histories = fc.array(fc.record({ kind: fc.constantFrom(...kinds), runId: fc.constantFrom(...runIds) }), {
  maxLength: 60,
});
const events = fc.uniqueArray(
  fc.constantFrom<NoticeEvent>(
    "failed",
    "recovered",
    "missed",
    "slow",
    "overdue",
    "interrupted",
    "late_result",
    "paused",
  ),
  { minLength: 1 },
);
type Happened = { kind: (typeof kinds)[number]; runId: string };

/** The changes as the engine reports them: with the failures counted, and an instant each. */
function changesOf(history: readonly Happened[]): Change[] {
  let failures = 0;
  let lastRunAt: number | null = null;
  return history.map(({ kind, runId }, at) => {
    if (kind === "missed") return { kind, at, lastRunAt };
    if (kind === "completed" || kind === "failed") lastRunAt = at;
    if (kind === "completed") failures = 0;
    if (kind === "failed") return { kind, runId, failuresInARow: ++failures };
    return kind === "paused" ? { kind } : { kind, runId };
  });
}

function toldOf(rule: { events: NoticeEvent[]; failuresInARow: number }, history: readonly Happened[]): string[] {
  let state: RuleState = nothingTold;
  return changesOf(history).flatMap((change, at) => {
    const stepped = step(rule, state, change);
    state = JSON.parse(JSON.stringify(stepped.state)) as RuleState;
    return stepped.told.map((event) => `${at} ${event}`);
  });
}

/** The same, told for each place of the history from all that lies before it. */
function slowly(rule: { events: NoticeEvent[]; failuresInARow: number }, history: readonly Happened[]): string[] {
  const told: string[] = [];
  history.forEach(({ kind, runId }, at) => {
    const before = history.slice(0, at);
    const sinceSuccess = before.slice(before.findLastIndex((past) => past.kind === "completed") + 1);
    const failed = sinceSuccess.filter((past) => past.kind === "failed").length;
    const say = (event: NoticeEvent): void => {
      if (rule.events.includes(event)) told.push(`${at} ${event}`);
    };
    if (kind === "failed" && failed + 1 === rule.failuresInARow) say("failed");
    if (kind === "completed" && failed >= rule.failuresInARow) say("recovered");
    if (kind === "paused") say("paused");
    if (kind === "missed") {
      const lastMissed = before.findLastIndex((past) => past.kind === "missed");
      const ran = before.some((past, i) => i > lastMissed && (past.kind === "failed" || past.kind === "completed"));
      if (lastMissed === -1 || ran) say("missed");
    }
    if (kind === "slow" || kind === "overdue" || kind === "interrupted" || kind === "late_result") {
      // Open from an event of the kind until a run ends that is not among those of the kind since it opened.
      let open = null as Set<string> | null;
      for (const past of before) {
        if (past.kind === kind) open = new Set([...(open ?? []), past.runId]);
        else if ((past.kind === "failed" || past.kind === "completed") && open?.has(past.runId) === false) open = null;
      }
      if (open === null) say(kind);
    }
    void runId;
  });
  return told;
}

test("a rule tells what a reading of the whole history tells", () => {
  fc.assert(
    fc.property(histories, events, fc.integer({ min: 1, max: 5 }), (history, which, failuresInARow) => {
      const rule = { events: which, failuresInARow };
      expect(toldOf(rule, history)).toEqual(slowly(rule, history));
    }),
    { numRuns: 2000 },
  );
});

test("each state change is told once: failed and recovered take turns", () => {
  fc.assert(
    fc.property(histories, fc.integer({ min: 1, max: 5 }), (history, failuresInARow) => {
      const told = toldOf({ events: ["failed", "recovered"], failuresInARow }, history).map(
        (text) => text.split(" ")[1],
      );
      expect(told).toEqual(told.map((_, i) => (i % 2 === 0 ? "failed" : "recovered")));
    }),
  );
});

describe("step", () => {
  it("keeps nothing of what the rule does not tell", () => {
    const rule = { events: ["paused" as const], failuresInARow: 1 };
    const { state, told } = step(rule, nothingTold, { kind: "failed", runId: "r1", failuresInARow: 1 });
    expect([isNothing(state), told]).toEqual([true, []]);
  });

  it("tells of a row of failures that was longer already when the rule was made", () => {
    const rule = { events: ["failed" as const], failuresInARow: 3 };
    expect(step(rule, nothingTold, { kind: "failed", runId: "r1", failuresInARow: 8 }).told).toEqual(["failed"]);
  });
});

test("a rule is about the schedules and tags that it names, and about all where it names none", () => {
  const schedule = { id: "a", tags: ["nightly"] };
  expect(isAbout({ schedules: [], tags: [] }, schedule)).toBe(true);
  expect(isAbout({ schedules: ["b"], tags: ["nightly"] }, schedule)).toBe(true);
  expect(isAbout({ schedules: ["a"], tags: [] }, schedule)).toBe(true);
  expect(isAbout({ schedules: ["b"], tags: ["hourly"] }, schedule)).toBe(false);
});
