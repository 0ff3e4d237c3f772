import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backupDueAt, copiesToRemove, isCopyNeededNow, type KeptCopy, type Uncopied } from "./backupPolicy.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 2, 2, 9);

/** Edits and other changes over some hours, copied as the policy says; the moments of the copies. */
function copiesOf(events: readonly { at: number; edit: boolean }[], until: number): number[] {
  const copies: number[] = [];
  let state: Uncopied = { lastCopyAt: null, isFirst: true, edits: null, changedSinceAt: null };
  const copyWhatIsDue = (before: number): void => {
    const due = backupDueAt(state);
    if (due === null || due > before) return;
    copies.push(due);
    state = { lastCopyAt: due, isFirst: false, edits: null, changedSinceAt: null };
  };
  for (const { at, edit } of events) {
    copyWhatIsDue(at - 1);
    const { edits, changedSinceAt } = state;
    state = {
      ...state,
      edits: edit ? { firstAt: edits?.firstAt ?? at, lastAt: at } : edits,
      changedSinceAt: changedSinceAt ?? at,
    };
  }
  copyWhatIsDue(until);
  return copies;
}

const history = fc
  .array(
    fc.record({
      gap: fc.oneof(fc.integer({ min: 0, max: 3 * MINUTE }), fc.integer({ min: 0, max: 3 * HOUR })),
      edit: fc.boolean(),
    }),
    {
      maxLength: 60,
    },
  )
  .map((steps) => {
    let at = START;
    return steps.map(({ gap, edit }) => {
      at += gap;
      return { at, edit };
    });
  });

describe("when a copy is due", () => {
  test("no edit waits longer than 15 minutes, and no change longer than an hour", () => {
    fc.assert(
      fc.property(history, (events) => {
        const until = (events.at(-1)?.at ?? START) + 2 * HOUR;
        const copies = copiesOf(events, until);
        for (const { at, edit } of events)
          expect(copies.some((copy) => copy >= at && copy - at <= (edit ? 15 * MINUTE : HOUR))).toBe(true);
      }),
    );
  });
  test("copies lie 15 minutes apart, each holds something that the one before does not, and what rests is not waited for", () => {
    fc.assert(
      fc.property(history, (events) => {
        const copies = copiesOf(events, (events.at(-1)?.at ?? START) + 2 * HOUR);
        for (const [i, copy] of copies.entries()) {
          const before = copies[i - 1] ?? Number.NEGATIVE_INFINITY;
          expect(copy - before).toBeGreaterThanOrEqual(15 * MINUTE);
          const held = events.filter(({ at }) => at > before && at <= copy);
          expect(held.length).toBeGreaterThan(0);
          const lastEdit = held.findLast(({ edit }) => edit);
          const firstEdit = held.find(({ edit }) => edit);
          if (lastEdit === undefined || firstEdit === undefined) expect(copy).toBe((held[0]?.at ?? 0) + HOUR);
          else if (i > 0)
            expect([
              lastEdit.at + MINUTE,
              firstEdit.at + 15 * MINUTE,
              before + 15 * MINUTE,
              (held[0]?.at ?? 0) + HOUR,
            ]).toContain(copy);
        }
      }),
    );
  });
  test("the first schedule is copied at once", () => {
    expect(copiesOf([{ at: START, edit: true }], START)).toEqual([START]);
  });
  test("an edit after the clock was set back waits no longer than any other", () => {
    const edits = { firstAt: START, lastAt: START };
    expect(backupDueAt({ lastCopyAt: START + 5 * DAY, isFirst: false, edits, changedSinceAt: START })).toBe(
      START + 15 * MINUTE,
    );
  });
  test("nothing is copied twice, and before much is taken away only what no copy has", () => {
    const quiet: Uncopied = { lastCopyAt: START, isFirst: false, edits: null, changedSinceAt: null };
    expect(backupDueAt(quiet)).toBeNull();
    expect(isCopyNeededNow(quiet, START + DAY)).toBe(false);
    expect(isCopyNeededNow({ ...quiet, changedSinceAt: START }, START + MINUTE)).toBe(false);
    expect(isCopyNeededNow({ ...quiet, changedSinceAt: START }, START + HOUR)).toBe(true);
    expect(isCopyNeededNow({ ...quiet, edits: { firstAt: START, lastAt: START } }, START)).toBe(true);
    expect(isCopyNeededNow({ ...quiet, lastCopyAt: null }, START)).toBe(true);
  });
});

const shelf = fc
  .array(
    fc.record({
      hours: fc.integer({ min: 0, max: 24 * 60 }),
      minutes: fc.integer({ min: 0, max: 59 }),
      bytes: fc.integer({ min: 1, max: 100 }),
      reason: fc.constantFrom("rolling", "rolling", "rolling", "import", "migration"),
    }),
    { maxLength: 80 },
  )
  .map((entries) =>
    entries.map(
      ({ hours, minutes, bytes, reason }, i): KeptCopy => ({
        name: `copy-${i}`,
        createdAt: START + hours * HOUR + minutes * MINUTE,
        bytes,
        reason,
      }),
    ),
  );

/** What is kept without a budget, said the slow way: a copy at a time, by looking at all others. */
function isKept(copy: KeptCopy, all: readonly KeptCopy[]): boolean {
  const isNewer = (other: KeptCopy): boolean =>
    other.createdAt > copy.createdAt || (other.createdAt === copy.createdAt && other.name > copy.name);
  const newer = all.filter(isNewer);
  if (newer.length < 2) return true;
  if (copy.reason !== "rolling" && newer.filter(({ reason }) => reason === copy.reason).length < 2) return true;
  const spans: [number, number][] = [
    [HOUR, 24],
    [DAY, 7],
    [7 * DAY, 4],
  ];
  return spans.some(([ms, count]) => {
    const period = (other: KeptCopy): number => Math.floor(other.createdAt / ms);
    return newer.every((other) => period(other) !== period(copy)) && new Set(newer.map(period)).size < count;
  });
}

describe("thinning", () => {
  test("keeps the newest of the last 24 hours, 7 days and 4 weeks that have one, two of each reason, and the two newest", () => {
    fc.assert(
      fc.property(shelf, (copies) => {
        const removed = copiesToRemove(copies, Number.POSITIVE_INFINITY);
        expect(new Set(removed)).toEqual(
          new Set(copies.filter((copy) => !isKept(copy, copies)).map(({ name }) => name)),
        );
      }),
    );
  });
  test("stays within the budget with the newest there are, and with two at least", () => {
    fc.assert(
      fc.property(shelf, fc.integer({ min: 0, max: 1500 }), (copies, budget) => {
        const unbounded = new Set(copiesToRemove(copies, Number.POSITIVE_INFINITY));
        const removed = new Set(copiesToRemove(copies, budget));
        const kept = copies.filter(({ name }) => !removed.has(name));
        const bytes = (list: readonly KeptCopy[]): number => list.reduce((sum, copy) => sum + copy.bytes, 0);
        expect(kept.length).toBeGreaterThanOrEqual(Math.min(2, copies.length));
        if (kept.length > 2) expect(bytes(kept)).toBeLessThanOrEqual(budget);
        // Everything kept is newer than what only the budget took.
        const oldest = Math.min(...kept.map(({ createdAt }) => createdAt));
        const squeezed = copies.filter(({ name }) => removed.has(name) && !unbounded.has(name));
        for (const copy of squeezed) expect(copy.createdAt).toBeLessThanOrEqual(oldest);
        const next = squeezed.sort((a, b) => b.createdAt - a.createdAt || (a.name < b.name ? 1 : -1))[0];
        if (next !== undefined) expect(bytes(kept) + next.bytes).toBeGreaterThan(budget);
      }),
    );
  });
  test("is done once: what is left stays", () => {
    fc.assert(
      fc.property(shelf, (copies) => {
        const removed = copiesToRemove(copies, 1000);
        expect(
          copiesToRemove(
            copies.filter(({ name }) => !removed.includes(name)),
            1000,
          ),
        ).toEqual([]);
      }),
    );
  });
});
