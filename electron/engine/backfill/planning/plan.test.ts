import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backfillOrders, reprocessModes } from "../../../../shared/domain/backfill.ts";
import { runStatuses } from "../../../../shared/domain/run.ts";
import { atOnce, inTurns } from "../../turns.ts";
import {
  countByStretch,
  type ExistingRun,
  type History,
  type OccurrenceState,
  type Occurrences,
  type OmittedRange,
  planInstants,
  planPage,
  summarise,
} from "./plan.ts";

const SPAN = 60;

function occurrencesOf(instants: readonly number[]): Occurrences {
  return {
    count: (from, to) => instants.filter((at) => at >= from && at < to).length,
    between: (from, to, limit) => instants.filter((at) => at >= from && at < to).slice(0, limit),
    next: (after) => instants.find((at) => at > after) ?? null,
    previous: (before) => instants.findLast((at) => at < before) ?? null,
  };
}

function historyOf(runs: readonly ExistingRun[], omitted: readonly OmittedRange[]): History {
  const ascending = [...runs].sort((a, b) => a.scheduledAt - b.scheduledAt);
  return {
    runs: (from, to, limit, descending) => {
      const inRange = ascending.filter((run) => run.scheduledAt >= from && run.scheduledAt < to);
      return (descending ? inRange.reverse() : inRange).slice(0, limit);
    },
    omitted: (from, to) =>
      omitted.filter((range) => range.firstAt < to && range.lastAt >= from).sort((a, b) => a.firstAt - b.firstAt),
  };
}

/** The rule in the words of the specification, for one instant at a time. */
function oracleState(at: number, runs: readonly ExistingRun[], omitted: readonly OmittedRange[]): OccurrenceState {
  const own = runs.filter((run) => run.scheduledAt === at).sort((a, b) => b.createdAt - a.createdAt);
  if (own.some((run) => ["buffered", "pending", "running"].includes(run.status))) return "active";
  for (const run of own) {
    if (run.status === "completed" || run.status === "skipped") return "completed";
    if (run.status === "failed") return "failed";
  }
  if (own.length > 0) return "cancelled";
  return omitted.find((range) => range.firstAt <= at && at <= range.lastAt)?.kind ?? "none";
}

const runsIn: Record<(typeof reprocessModes)[number], readonly OccurrenceState[]> = {
  none: ["missed", "skipped", "cancelled", "none"],
  failed: ["missed", "skipped", "cancelled", "none", "failed"],
  all: ["missed", "skipped", "cancelled", "none", "failed", "completed"],
};

const instant = fc.integer({ min: 0, max: SPAN - 1 });
const world = fc.record({
  instants: fc.uniqueArray(instant, { maxLength: SPAN }).map((list) => list.sort((a, b) => a - b)),
  runs: fc
    .array(fc.record({ scheduledAt: instant, status: fc.constantFrom(...runStatuses) }), { maxLength: 40 })
    // Runs are made one after the other, so no two are equally new.
    .map((list): ExistingRun[] =>
      list.map((run, index) => ({ ...run, runId: `run-${index}`, createdAt: 1000 + index })),
    ),
  // Records of what did not run do not overlap: an occurrence is recorded once.
  omitted: fc.uniqueArray(instant, { maxLength: 12 }).chain((ends) =>
    fc.array(fc.constantFrom("missed" as const, "skipped" as const), { minLength: 6, maxLength: 6 }).map((kinds) => {
      const sorted = [...ends].sort((a, b) => a - b);
      const ranges: OmittedRange[] = [];
      for (let i = 0; i + 1 < sorted.length; i += 2) {
        ranges.push({ kind: kinds[i / 2]!, firstAt: sorted[i]!, lastAt: sorted[i + 1]! });
      }
      return ranges;
    }),
  ),
  from: fc.integer({ min: -5, max: SPAN }),
  length: fc.integer({ min: 0, max: SPAN + 10 }),
  reprocess: fc.constantFrom(...reprocessModes),
  excluded: fc.uniqueArray(fc.integer({ min: -5, max: SPAN + 5 }), { maxLength: 10 }),
});

describe("a backfill's plan", () => {
  test("counts, first, last and states agree with a walk over every instant", () => {
    fc.assert(
      fc.property(world, ({ instants, runs, omitted, from, length, reprocess, excluded }) => {
        const to = from + length;
        const request = { from, to, reprocess, excluded: new Set(excluded) };
        const summary = atOnce(summarise(occurrencesOf(instants), historyOf(runs, omitted), request));
        const inRange = instants.filter((at) => at >= from && at < to);
        const wanted = inRange.filter(
          (at) => !excluded.includes(at) && runsIn[reprocess].includes(oracleState(at, runs, omitted)),
        );
        const existing: Record<string, number> = {};
        for (const state of Object.keys(summary.existing)) existing[state] = 0;
        for (const at of inRange) existing[oracleState(at, runs, omitted)]! += 1;
        expect(summary).toEqual({
          occurrences: inRange.length,
          count: wanted.length,
          first: wanted[0] ?? null,
          last: wanted.at(-1) ?? null,
          existing,
        });
      }),
      { numRuns: 2000 },
    );
  });

  test("the list says what is written, and its count is the preview's", () => {
    fc.assert(
      fc.property(world, ({ instants, runs, omitted, from, length, reprocess, excluded }) => {
        const to = from + length;
        const request = { from, to, reprocess, excluded: new Set(excluded) };
        const occurrences = occurrencesOf(instants);
        const history = historyOf(runs, omitted);
        const items = planInstants(occurrences.between(from, to, Number.POSITIVE_INFINITY), history, request);
        for (const item of items) {
          const runIt = !excluded.includes(item.at) && runsIn[reprocess].includes(oracleState(item.at, runs, omitted));
          expect(item.action !== "skip").toBe(runIt);
          expect(item.state).toBe(oracleState(item.at, runs, omitted));
        }
        expect(items.filter((item) => item.action !== "skip")).toHaveLength(
          atOnce(summarise(occurrences, history, request)).count,
        );
      }),
      { numRuns: 1000 },
    );
  });

  test("written in any batches, with each batch seeing the one before, gives the same instants once; again gives none", () => {
    fc.assert(
      fc.property(
        world,
        fc.integer({ min: 1, max: 7 }),
        ({ instants, runs, omitted, from, length, excluded }, batch) => {
          const to = from + length;
          const request = { from, to, reprocess: "none" as const, excluded: new Set(excluded) };
          const occurrences = occurrencesOf(instants);
          const planned = atOnce(summarise(occurrences, historyOf(runs, omitted), request));
          const written = [...runs];
          const write = (): number => {
            let cursor = from;
            let count = 0;
            for (;;) {
              const chunk = occurrences.between(cursor, to, batch);
              if (chunk.length === 0) return count;
              for (const item of planInstants(chunk, historyOf(written, omitted), request)) {
                if (item.action === "skip") continue;
                written.push({ scheduledAt: item.at, runId: `new-${item.at}`, status: "buffered", createdAt: 5000 });
                count += 1;
              }
              cursor = chunk[chunk.length - 1]! + 1;
            }
          };
          expect(write()).toBe(planned.count);
          expect(write()).toBe(0);
          expect(atOnce(summarise(occurrences, historyOf(written, omitted), request)).count).toBe(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("a history longer than one look is read whole, and the work stops in between", async () => {
    const instants = Array.from({ length: 9001 }, (_, index) => index);
    // Twice: an instant's runs must not be divided between two looks.
    const runs = instants.flatMap((at): ExistingRun[] => [
      { scheduledAt: at, runId: `a${at}`, status: "completed", createdAt: 1 },
      { scheduledAt: at, runId: `b${at}`, status: at === 5000 || at === 7000 ? "failed" : "cancelled", createdAt: 2 },
    ]);
    const sorted = occurrencesOf(instants);
    const occurrences: Occurrences = { ...sorted, next: (at) => (at < 9000 ? at + 1 : null), previous: (at) => at - 1 };
    const byAt = (from: number, to: number) => runs.slice(from * 2, to * 2);
    const history: History = {
      runs: (from, to, limit, descending) =>
        descending ? byAt(from, to).slice(-limit).reverse() : byAt(from, to).slice(0, limit),
      omitted: () => [],
    };
    const request = { from: 0, to: 9001, reprocess: "failed" as const, excluded: new Set<number>() };
    let turns = 0;
    const summary = await inTurns(summarise(occurrences, history, request), 0, (callback) => {
      turns += 1;
      queueMicrotask(callback);
    });
    expect(summary).toMatchObject({ occurrences: 9001, count: 2, first: 5000, last: 7000 });
    expect(summary.existing).toMatchObject({ completed: 8999, failed: 2, none: 0 });
    expect(turns).toBeGreaterThan(5);
  });

  test("its pages, put together, are the list in the order of starting", () => {
    fc.assert(
      fc.property(world, fc.constantFrom(...backfillOrders), fc.integer({ min: 1, max: 9 }), (w, order, limit) => {
        const to = w.from + w.length;
        const request = { from: w.from, to, reprocess: w.reprocess, excluded: new Set(w.excluded) };
        const occurrences = occurrencesOf(w.instants);
        const history = historyOf(w.runs, w.omitted);
        const total = occurrences.count(w.from, to);
        const pages: number[] = [];
        for (let offset = 0; offset < total; offset += limit) {
          pages.push(
            ...planPage(occurrences, history, request, { total, order, offset, limit }).map((item) => item.at),
          );
        }
        const all = Array.from(occurrences.between(w.from, to, total));
        expect(pages).toEqual(order === "oldest" ? all : all.reverse());
      }),
      { numRuns: 500 },
    );
  });

  test("days add up to the range", () => {
    fc.assert(
      fc.property(world, fc.uniqueArray(instant, { minLength: 2, maxLength: 8 }), (w, cuts) => {
        const bounds = [...cuts].sort((a, b) => a - b);
        const occurrences = occurrencesOf(w.instants);
        const history = historyOf(w.runs, w.omitted);
        const days = atOnce(countByStretch(occurrences, history, bounds));
        days.forEach((day, index) => {
          const request = {
            from: bounds[index]!,
            to: bounds[index + 1]!,
            reprocess: w.reprocess,
            excluded: new Set<number>(),
          };
          const summary = atOnce(summarise(occurrences, history, request));
          expect(day).toEqual({ total: summary.occurrences, counts: summary.existing });
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe("what stands for an instant", () => {
  const plan = (runs: Omit<ExistingRun, "scheduledAt" | "runId">[], reprocess: (typeof reprocessModes)[number]) =>
    planInstants(
      [10],
      historyOf(
        runs.map((run, i) => ({ ...run, scheduledAt: 10, runId: `r${i}` })),
        [],
      ),
      {
        reprocess,
        excluded: new Set(),
      },
    )[0];

  test("a failure that was repaired is not run again", () => {
    const runs = [
      { status: "failed" as const, createdAt: 1 },
      { status: "completed" as const, createdAt: 2 },
    ];
    expect(plan(runs, "failed")).toMatchObject({ state: "completed", action: "skip" });
  });

  test("a success that failed when it was run again counts as failed, and is left alone unless asked for", () => {
    const runs = [
      { status: "completed" as const, createdAt: 1 },
      { status: "failed" as const, createdAt: 2 },
    ];
    expect(plan(runs, "none")).toMatchObject({ state: "failed", action: "skip" });
    expect(plan(runs, "failed")).toMatchObject({ action: "rerun" });
  });

  test("a cancelled repetition does not hide the success before it", () => {
    const runs = [
      { status: "completed" as const, createdAt: 1 },
      { status: "cancelled" as const, createdAt: 2 },
    ];
    expect(plan(runs, "none")).toMatchObject({ state: "completed", action: "skip" });
  });

  test("what is on its way is not doubled, even where everything is asked for", () => {
    for (const status of ["buffered", "pending", "running"] as const) {
      expect(plan([{ status, createdAt: 1 }], "all")).toMatchObject({ state: "active", action: "skip" });
    }
  });
});
