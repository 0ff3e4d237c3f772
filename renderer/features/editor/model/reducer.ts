import { assertNever } from "../../../../shared/domain/errors.ts";
import type { DstPolicy, Exclusion, ScheduleSpec } from "../../../../shared/schedule/types.ts";
import { type Card, fromSpec, type NewCard, type WhenDraft, withoutEmptied } from "./draft.ts";
import type { EditorDraft, PolicyDraft } from "./form.ts";

export type EditorAction =
  | { type: "name"; name: string }
  | { type: "workflow"; workflowName: string; input: unknown }
  | { type: "input"; input: unknown }
  | { type: "note"; note: string }
  | { type: "tags"; tags: readonly string[] }
  | { type: "policy"; changes: Partial<PolicyDraft> }
  | { type: "addCards"; cards: readonly NewCard[]; exclusions?: readonly Exclusion[] }
  /** Puts other contents into a card; the first keeps its id, further ones become cards after it. */
  | { type: "replaceCard"; id: string; cards: readonly NewCard[] }
  | { type: "removeCard"; id: string }
  | { type: "duplicateCard"; id: string }
  | { type: "addExclusions"; exclusions: readonly Exclusion[] }
  /** Puts others in the place of an exclusion; the first keeps its id. */
  | { type: "replaceExclusion"; id: string; exclusions: readonly Exclusion[] }
  | { type: "removeExclusion"; id: string }
  /** All exclusions anew; those that stay the same keep their ids. */
  | { type: "setExclusions"; exclusions: readonly Exclusion[] }
  | { type: "timezone"; timezone: string }
  | { type: "dst"; dst: DstPolicy | undefined }
  | { type: "bounds"; startAt?: string | null; endAt?: string | null }
  | { type: "jitter"; jitter: string | undefined }
  | { type: "onlyOn"; names: readonly string[] }
  /** The whole spec: the JSON view, something pasted. */
  | { type: "spec"; spec: ScheduleSpec }
  /** The entries of a template in the place of those there are; exclusions, zone and bounds stay. */
  | { type: "template"; spec: ScheduleSpec };

/** The draft after an action. Pure; an action that changes nothing returns the same draft. */
export function reduceDraft(draft: EditorDraft, action: EditorAction): EditorDraft {
  switch (action.type) {
    case "name":
      return action.name === draft.name ? draft : { ...draft, name: action.name };
    case "workflow":
      return { ...draft, workflowName: action.workflowName, input: action.input };
    case "input":
      return { ...draft, input: action.input };
    case "note":
      return { ...draft, note: action.note };
    case "tags":
      return { ...draft, tags: action.tags };
    case "policy":
      return { ...draft, policies: { ...draft.policies, ...action.changes } };
    default: {
      const when = reduceWhen(draft.when, action);
      return when === draft.when ? draft : { ...draft, when };
    }
  }
}

type WhenAction = Exclude<EditorAction, { type: "name" | "workflow" | "input" | "note" | "tags" | "policy" }>;

function reduceWhen(when: WhenDraft, action: WhenAction): WhenDraft {
  switch (action.type) {
    case "addCards": {
      const added = insertCards(when, when.cards.length, 0, action.cards, null);
      return action.exclusions?.length
        ? reduceWhen(added, { type: "addExclusions", exclusions: action.exclusions })
        : added;
    }
    case "replaceCard": {
      const at = when.cards.findIndex((card) => card.id === action.id);
      return at < 0 ? when : withoutEmptied(when, insertCards(when, at, 1, action.cards, action.id));
    }
    case "removeCard":
      return withoutEmptied(when, { ...when, cards: when.cards.filter((card) => card.id !== action.id) });
    case "duplicateCard": {
      const at = when.cards.findIndex((card) => card.id === action.id);
      const card = when.cards[at];
      return card ? insertCards(when, at + 1, 0, [card], null) : when;
    }
    case "addExclusions":
      return withExclusions(when, [...when.exclusions.map((item) => item.value), ...action.exclusions]);
    case "replaceExclusion":
      return replaceExclusion(when, action.id, action.exclusions);
    case "removeExclusion":
      return withoutEmptied(when, { ...when, exclusions: when.exclusions.filter((item) => item.id !== action.id) });
    case "setExclusions":
      return withoutEmptied(when, withExclusions(when, action.exclusions));
    case "timezone":
      return { ...when, timezone: action.timezone };
    case "dst":
      return set(when, "dst", action.dst);
    case "bounds": {
      const started = "startAt" in action ? set(when, "startAt", action.startAt) : when;
      return "endAt" in action ? set(started, "endAt", action.endAt) : started;
    }
    case "jitter":
      return set(when, "jitter", action.jitter);
    case "onlyOn":
      return set(when, "onlyOn", action.names.length === 0 ? undefined : action.names);
    case "spec":
      return replaceSpec(when, action.spec);
    case "template":
      return { ...when, ...pickCards(replaceSpec(when, action.spec), when) };
    default:
      return assertNever(action);
  }
}

function set<K extends "onlyOn" | "dst" | "startAt" | "endAt" | "jitter">(
  when: WhenDraft,
  key: K,
  value: WhenDraft[K],
): WhenDraft {
  const next = { ...when };
  if (value === undefined) delete next[key];
  else next[key] = value;
  return next;
}

function insertCards(
  when: WhenDraft,
  at: number,
  remove: number,
  cards: readonly NewCard[],
  firstId: string | null,
): WhenDraft {
  let { nextId } = when;
  const added = cards.map(
    (card, index) =>
      ({ id: index === 0 && firstId ? firstId : `c${nextId++}`, kind: card.kind, value: card.value }) as Card,
  );
  return { ...when, cards: [...when.cards.slice(0, at), ...added, ...when.cards.slice(at + remove)], nextId };
}

function withExclusions(when: WhenDraft, exclusions: readonly Exclusion[]): WhenDraft {
  const left = [...when.exclusions];
  let { nextId } = when;
  const items = exclusions.map((value) => {
    const text = JSON.stringify(value);
    const same = left.findIndex((item) => JSON.stringify(item.value) === text);
    return same >= 0 ? (left.splice(same, 1)[0] as (typeof left)[number]) : { id: `x${nextId++}`, value };
  });
  return { ...when, exclusions: items, nextId };
}

function replaceExclusion(when: WhenDraft, id: string, exclusions: readonly Exclusion[]): WhenDraft {
  let { nextId } = when;
  const items = when.exclusions.flatMap((item) =>
    item.id === id ? exclusions.map((value, index) => ({ id: index === 0 ? id : `x${nextId++}`, value })) : [item],
  );
  return { ...when, exclusions: items, nextId };
}

function pickCards(from: WhenDraft, exclusionsOf: WhenDraft): Pick<WhenDraft, "cards" | "written" | "nextId"> {
  const { exclude } = exclusionsOf.written;
  return { cards: from.cards, written: { ...from.written, ...(exclude && { exclude }) }, nextId: from.nextId };
}

function replaceSpec(when: WhenDraft, spec: ScheduleSpec): WhenDraft {
  const opened = fromSpec(spec);
  // Numbers go on, so that a card of the old spec is never taken for one of the new.
  const renumber = <T extends { id: string }>(items: readonly T[]): T[] =>
    items.map((item) => ({ ...item, id: `${item.id[0]}${Number(item.id.slice(1)) + when.nextId}` }));
  return {
    ...opened,
    cards: renumber(opened.cards),
    exclusions: renumber(opened.exclusions),
    nextId: opened.nextId + when.nextId,
  };
}
