import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toLocal } from "../../../shared/schedule/index.ts";
import { clampView, foldIdle, moveView, plainAxis, ticksOf, usualLimits, zoomView } from "./scale.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const start = Date.parse("2026-11-29T00:00:00Z");

const anyView = fc
  .tuple(fc.integer({ min: -400, max: 400 }), fc.integer({ min: 1, max: 366 * 1440 }))
  .map(([day, minutes]) => ({ from: start + day * dayMs, to: start + day * dayMs + minutes * minuteMs }));

describe("zoomView", () => {
  it("keeps what is under the pointer where it is, between a minute and a year", () => {
    fc.assert(
      fc.property(
        anyView,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        (view, share, factor) => {
          const at = view.from + share * (view.to - view.from);
          const next = zoomView(view, at, factor, usualLimits);
          const length = next.to - next.from;
          expect(length).toBeGreaterThanOrEqual(usualLimits.leastMs - 1);
          expect(length).toBeLessThanOrEqual(usualLimits.mostMs + 1);
          expect((at - next.from) / length).toBeCloseTo(share, 3);
        },
      ),
    );
  });

  it("ends where the time does that there is", () => {
    const within = { from: start, to: start + dayMs };
    const limits = { ...usualLimits, within };
    fc.assert(
      fc.property(
        anyView,
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.integer({ min: -dayMs, max: dayMs }),
        (view, factor, by) => {
          for (const next of [
            zoomView(clampView(view, limits), view.from, factor, limits),
            moveView(view, by, limits),
          ]) {
            expect(next.from).toBeGreaterThanOrEqual(within.from - 1);
            expect(next.to).toBeLessThanOrEqual(within.to + 1);
            expect(next.to).toBeGreaterThan(next.from);
          }
        },
      ),
    );
  });
});

describe("foldIdle", () => {
  const anyBusy = fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 1, max: 500 }))
      .map(([from, length]) => ({ from, to: from + length })),
    { minLength: 1, maxLength: 12 },
  );

  it("keeps the order of time and the scale of all that is busy, and is undone exactly", () => {
    fc.assert(
      fc.property(
        anyBusy,
        fc.integer({ min: -100, max: 11_000 }),
        fc.integer({ min: 0, max: 3000 }),
        (busy, at, later) => {
          const axis = foldIdle(busy);
          expect(axis.shown(at + later)).toBeGreaterThanOrEqual(axis.shown(at));
          expect(axis.real(axis.shown(at))).toBeCloseTo(at, 4);
          for (const { from, to } of busy) expect(axis.shown(to) - axis.shown(from)).toBeCloseTo(to - from, 6);
        },
      ),
    );
  });

  it("folds exactly the idle stretches that are longer than a fifth of what is busy", () => {
    const isBusy = (busy: { from: number; to: number }[], at: number) =>
      busy.some(({ from, to }) => at >= from && at < to);
    fc.assert(
      fc.property(anyBusy, (busy) => {
        // Millisecond by millisecond.
        const [first, last] = [Math.min(...busy.map(({ from }) => from)), Math.max(...busy.map(({ to }) => to))];
        let [busyMs, idle] = [0, 0];
        const stretches: { from: number; to: number }[] = [];
        for (let at = first; at < last; at++) {
          if (isBusy(busy, at)) {
            if (idle > 0) stretches.push({ from: at - idle, to: at });
            [busyMs, idle] = [busyMs + 1, 0];
          } else idle++;
        }
        const long = stretches.filter(({ from, to }) => to - from > busyMs / 5);
        expect(foldIdle(busy).folds.map(({ from, to }) => ({ from, to }))).toEqual(long);
      }),
      { numRuns: 30 },
    );
  });

  it("leaves a run without idle time as it is", () => {
    expect(
      foldIdle([
        { from: 0, to: 10 },
        { from: 9, to: 20 },
      ]),
    ).toBe(plainAxis);
  });
});

describe("ticksOf", () => {
  const format = { locale: "en-GB", zone: "Europe/Berlin" };

  it("stand apart, inside, in order, and on whole times of the zone", () => {
    fc.assert(
      fc.property(anyView, fc.integer({ min: 5, max: 40 }), (view, most) => {
        const leastMs = (view.to - view.from) / most;
        const ticks = ticksOf(view, leastMs, format);
        expect(ticks.length).toBeLessThanOrEqual(most + 2);
        ticks.forEach(({ at, text }, index) => {
          expect(at).toBeGreaterThanOrEqual(view.from);
          expect(at).toBeLessThan(view.to);
          expect(text).not.toBe("");
          if (index > 0) expect(at).toBeGreaterThan(ticks[index - 1]?.at ?? 0);
          if (leastMs > 15 * minuteMs)
            expect(toLocal(format.zone, at)).toMatchObject({
              minute: leastMs > 30 * minuteMs ? 0 : expect.any(Number),
              second: 0,
            });
          if (leastMs > 12 * hourMs) expect(toLocal(format.zone, at)).toMatchObject({ hour: 0, minute: 0 });
        });
      }),
    );
  });

  it("name the day at midnight, and the year at its beginning", () => {
    const day = ticksOf({ from: start - hourMs, to: start + 7 * hourMs }, hourMs, format).map(({ text }) => text);
    expect(day).toEqual(["Sun 29 Nov", "01:00", "02:00", "03:00", "04:00", "05:00", "06:00", "07:00"]);
    const year = ticksOf({ from: start, to: start + 366 * dayMs }, 29 * dayMs, format).map(({ text }) => text);
    expect(year.slice(0, 3)).toEqual(["Dec", "2027", "Feb"]);
  });
});
