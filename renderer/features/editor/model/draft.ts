import type {
  CalendarEntry,
  CalendarName,
  DstPolicy,
  EventEntry,
  Exclusion,
  IntervalEntry,
  ScheduleSpec,
} from "../../../../shared/schedule/types.ts";

/**
 * The spec as it is edited. Every entry is a card that holds the entry's JSON exactly as it was opened, so that what
 * nobody touches is saved as it was; the visual controls read a card and write only the fields they change.
 */
export type Card =
  | { id: string; kind: "cron"; value: string }
  | { id: string; kind: "interval"; value: string | IntervalEntry }
  | { id: string; kind: "calendar"; value: CalendarEntry }
  | { id: string; kind: "on"; value: EventEntry }
  /** All single times of the spec are one card. */
  | { id: string; kind: "at"; value: string | readonly string[] };
export type CardKind = Card["kind"];
/** A card that has no id yet. */
export type NewCard =
  | { kind: "cron"; value: string }
  | { kind: "interval"; value: string | IntervalEntry }
  | { kind: "calendar"; value: CalendarEntry }
  | { kind: "on"; value: EventEntry }
  | { kind: "at"; value: string | readonly string[] };

export interface ExclusionItem {
  id: string;
  value: Exclusion;
}

type ListKey = Exclude<CardKind, "at"> | "exclude";
const listKeys: readonly ListKey[] = ["calendar", "cron", "interval", "on", "exclude"];

export interface WhenDraft {
  cards: readonly Card[];
  exclusions: readonly ExclusionItem[];
  onlyOn?: CalendarName | readonly CalendarName[];
  timezone?: string;
  dst?: DstPolicy;
  startAt?: string | null;
  endAt?: string | null;
  jitter?: string;
  /** How each list was written when it was opened: alone, or as a list (which may be empty). */
  written: Partial<Record<ListKey, "one" | "list">>;
  /** Number of the next card or exclusion. */
  nextId: number;
}

export const emptyWhen = (timezone: string): WhenDraft => ({
  cards: [],
  exclusions: [],
  timezone,
  written: {},
  nextId: 1,
});

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** Opens a spec. `toSpec(fromSpec(spec))` is the same JSON. */
export function fromSpec(spec: ScheduleSpec): WhenDraft {
  let nextId = 1;
  const written: WhenDraft["written"] = {};
  const read = (key: ListKey): unknown[] => {
    const value: unknown = spec[key];
    if (value === undefined) return [];
    written[key] = isList(value) ? "list" : "one";
    return isList(value) ? [...value] : [value];
  };
  const cards: Card[] = [];
  for (const kind of ["calendar", "cron", "interval", "on"] as const) {
    for (const value of read(kind)) cards.push({ id: `c${nextId++}`, kind, value } as Card);
  }
  if (spec.at !== undefined) cards.push({ id: `c${nextId++}`, kind: "at", value: spec.at });
  const exclusions = read("exclude").map((value) => ({ id: `x${nextId++}`, value: value as Exclusion }));
  const draft: WhenDraft = { cards, exclusions, written, nextId };
  if (spec.onlyOn !== undefined) draft.onlyOn = spec.onlyOn;
  if (spec.timezone !== undefined) draft.timezone = spec.timezone;
  if (spec.dst !== undefined) draft.dst = spec.dst;
  if (spec.startAt !== undefined) draft.startAt = spec.startAt;
  if (spec.endAt !== undefined) draft.endAt = spec.endAt;
  if (spec.jitter !== undefined) draft.jitter = spec.jitter;
  return draft;
}

/** How a list of one is written where the user began it: entries of fields as a list, bare texts alone. */
const fresh: Record<ListKey, "one" | "list"> = {
  calendar: "list",
  cron: "one",
  interval: "one",
  on: "one",
  exclude: "list",
};

function write(draft: WhenDraft, key: ListKey, values: readonly unknown[]): unknown {
  const written = draft.written[key];
  if (values.length === 0) return written === "list" ? [] : undefined;
  return values.length === 1 && (written ?? fresh[key]) === "one" ? values[0] : values;
}

/** The spec that a draft says. It may be one that is refused: validation is the preview's. */
export function toSpec(draft: WhenDraft): ScheduleSpec {
  const spec: Record<string, unknown> = {};
  for (const key of listKeys) {
    const value = write(draft, key, valuesOf(draft, key));
    if (value !== undefined) spec[key] = value;
  }
  const at = draft.cards.flatMap((card) => (card.kind === "at" ? [card.value] : []));
  // Several cards of times are one list; one is as it was written.
  if (at.length > 0) spec["at"] = at.length === 1 ? at[0] : at.flat();
  for (const key of ["onlyOn", "timezone", "dst", "startAt", "endAt", "jitter"] as const) {
    if (draft[key] !== undefined) spec[key] = draft[key];
  }
  return spec as ScheduleSpec;
}

function valuesOf(draft: WhenDraft, key: ListKey): readonly unknown[] {
  if (key === "exclude") return draft.exclusions.map((item) => item.value);
  return draft.cards.filter((card) => card.kind === key).map((card) => card.value);
}

/** The draft after a removal: a list that it emptied is left out of the spec, and not kept as an empty one. */
export function withoutEmptied(before: WhenDraft, after: WhenDraft): WhenDraft {
  const emptied = listKeys.filter((key) => valuesOf(before, key).length > 0 && valuesOf(after, key).length === 0);
  if (emptied.length === 0) return after;
  const written = { ...after.written };
  for (const key of emptied) delete written[key];
  return { ...after, written };
}

/** The card or exclusion that a path of the spec points into, as in `calendar[1].hour`, and the field within it. */
export function locate(draft: WhenDraft, path: string): { id: string | null; field: string } {
  if (/^(?:spec\.)?at\b/.test(path)) {
    const card = draft.cards.find(({ kind }) => kind === "at");
    return { id: card?.id ?? null, field: path.replace(/^(?:spec\.)?at\.?/, "") };
  }
  const match = /^(cron|interval|calendar|on|exclude)(?:\[(\d+)\])?(?:\.(.*))?$/.exec(path.replace(/^spec\.?/, ""));
  if (!match) return { id: null, field: path.replace(/^spec\.?/, "") };
  const index = Number(match[2] ?? 0);
  const items = match[1] === "exclude" ? draft.exclusions : draft.cards.filter((card) => card.kind === match[1]);
  return { id: items[index]?.id ?? null, field: match[3] ?? "" };
}
