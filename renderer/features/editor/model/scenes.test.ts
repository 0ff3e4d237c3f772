import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { overlapPolicies } from "../../../../shared/domain/schedule.ts";
import { catchupScene, overlapScene, retryScene, sceneTimes } from "./scenes.ts";

const minutes = (...list: number[]) => list.map((n) => n * 60_000);

describe("overlapScene", () => {
  const times = minutes(0, 10, 20, 30);
  const runMs = 16 * 60_000;
  const runs = (policy: (typeof overlapPolicies)[number]) => {
    const scene = overlapScene(policy, times, runMs);
    return {
      started: scene.bars.filter((bar) => bar.kind === "run" || bar.kind === "cut").length,
      cut: scene.bars.filter((bar) => bar.kind === "cut").length,
      skipped: scene.marks.filter((mark) => mark.kind === "skipped").length,
    };
  };

  it("does with overlapping occurrences what each policy says", () => {
    expect(runs("skip")).toEqual({ started: 2, cut: 0, skipped: 2 });
    expect(runs("buffer_one")).toEqual({ started: 3, cut: 0, skipped: 1 });
    expect(runs("buffer_all")).toEqual({ started: 4, cut: 0, skipped: 0 });
    expect(runs("cancel_other")).toEqual({ started: 4, cut: 3, skipped: 0 });
    expect(runs("terminate_other")).toEqual({ started: 4, cut: 3, skipped: 0 });
    expect(runs("allow_all")).toEqual({ started: 4, cut: 0, skipped: 0 });
  });

  it("accounts for every occurrence, and only allow_all runs two at once", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...overlapPolicies),
        fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 60 }),
        (policy, list, run) => {
          const sorted = minutes(...list.toSorted((a, b) => a - b));
          const scene = overlapScene(policy, sorted, run * 60_000);
          const started = scene.bars.filter((bar) => bar.kind === "run" || bar.kind === "cut");
          const skipped = scene.marks.filter((mark) => mark.kind === "skipped");
          expect(started.length + skipped.length).toBe(sorted.length);
          // What overlaps in time never overlaps in the drawing.
          const sameRow = policy === "allow_all" ? started.filter((bar) => bar.row === 0) : started;
          const inOrder = sameRow.toSorted((a, b) => a.from - b.from);
          inOrder.forEach((bar, i) => {
            if (i > 0) expect(bar.from).toBeGreaterThanOrEqual(inOrder[i - 1]!.to);
          });
        },
      ),
    );
  });
});

describe("catchupScene", () => {
  const count = (policy: "none" | "latest" | "all") => {
    const scene = catchupScene(policy, minutes(0, 10, 20, 30, 40), 60_000);
    return [scene.bars.length, scene.marks.filter((mark) => mark.kind === "missed").length];
  };

  it("runs none, the newest or all of the three that were missed", () => {
    expect(count("none")).toEqual([2, 3]);
    expect(count("latest")).toEqual([3, 2]);
    expect(count("all")).toEqual([5, 0]);
  });
});

describe("catchupScene over uneven times", () => {
  it("runs nothing while Almanac is off, and what it makes good only afterwards", () => {
    const scene = catchupScene("all", minutes(0, 375, 1440, 1815, 2880), 5 * 60_000);
    const [from, to] = scene.off!;
    for (const bar of scene.bars) expect(bar.from < from || bar.from >= to).toBe(true);
    expect(scene.bars).toHaveLength(5);
  });

  it("ends the time off after it began, however near or far apart the occurrences are", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("none" as const, "latest" as const, "all" as const),
        fc.uniqueArray(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 5, maxLength: 5 }),
        (policy, list) => {
          const [first = 0, ...rest] = list.toSorted((a, b) => a - b);
          const scene = catchupScene(policy, [0, ...rest.map((at) => at - first)], 1000);
          const [from, to] = scene.off!;
          expect(to).toBeGreaterThan(from);
          const missed = scene.marks.filter((mark) => mark.at > from && mark.at < to);
          expect(missed).toHaveLength(3);
        },
      ),
    );
  });
});

describe("retryScene", () => {
  it("doubles the delay between attempts", () => {
    const bars = retryScene(3, 10_000, 5000).bars.filter((bar) => bar.kind === "failed");
    expect(bars.map((bar) => bar.from)).toEqual([0, 15_000, 40_000]);
  });
});

describe("sceneTimes", () => {
  it("goes on at the same pace where a schedule has few occurrences", () => {
    expect(sceneTimes([], 3)).toEqual([0, 3_600_000, 7_200_000]);
    expect(sceneTimes([5000, 65_000], 4)).toEqual([0, 60_000, 120_000, 180_000]);
  });
});
