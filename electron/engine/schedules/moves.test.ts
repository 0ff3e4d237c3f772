import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../shared/domain/errors.ts";
import { compileSpec, occurrencesBetween } from "../../../shared/schedule/index.ts";
import { createHarness, type Harness, START } from "../testing/harness.ts";

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const iso = (at: number): string => new Date(at).toISOString();
/** The first whole minute that there is of everything. */
const begin = START + minuteMs;

function upcoming(h: Harness, count: number): number[] {
  const compiled = compileSpec(h.engine.getSchedule("s").spec, { anchorAt: START });
  return occurrencesBetween(compiled, h.clock.now() + 1, Number.POSITIVE_INFINITY, count);
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("pass" as const), seconds: fc.integer({ min: 1, max: 50 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("off" as const), seconds: fc.integer({ min: 1, max: 150 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("move" as const),
      nth: fc.nat(5),
      /** Of the same minute. */
      second: fc.nat(59),
      scope: fc.constantFrom("this" as const, "later" as const, "all" as const),
    }),
  },
);

describe("moving occurrences", () => {
  test("at any time, one after the other, loses no firing and doubles none", { timeout: 600_000 }, async () => {
    let moves = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 2, maxLength: 9 }),
        fc.constantFrom(undefined, "9s"),
        async (steps, jitter) => {
          await using h = await createHarness();
          const spec = { cron: ["10 * * * * *", "25 * * * * *", "50 * * * * *"], startAt: iso(begin) };
          const rules = { catchup: "all" as const, overlapPolicy: "allow_all" as const };
          h.schedule("s", jitter === undefined ? spec : { ...spec, jitter }, { ms: 1000 }, rules);
          for (const each of steps) {
            if (each.do === "pass") h.clock.advance(each.seconds * secondMs);
            else if (each.do === "off") {
              await h.off(each.seconds * secondMs, { crash: true });
              h.clock.advance(1000);
            } else {
              const from = upcoming(h, 6)[each.nth] as number;
              const to = Math.floor(from / minuteMs) * minuteMs + each.second * secondMs;
              try {
                h.engine.moveOccurrence(
                  { scheduleId: "s", scheduledTime: iso(from), to: iso(to), scope: each.scope },
                  "user",
                );
                moves++;
              } catch (error) {
                // What is refused changes nothing.
                if (!(error instanceof AppError)) throw error;
              }
            }
          }
          // Each minute has three, whatever their times have become.
          const minutes = 12;
          h.clock.advance(begin + minutes * minuteMs + 9 * secondMs - h.clock.now());
          const fired = h.runs("s").map(({ scheduledTime }) => scheduledTime ?? "");
          const byMinute = new Map<string, number>();
          for (const time of fired) byMinute.set(time.slice(0, 16), (byMinute.get(time.slice(0, 16)) ?? 0) + 1);
          const whole = Array.from({ length: minutes }, (_, i) => [iso(begin + i * minuteMs).slice(0, 16), 3]);
          expect([...byMinute].sort().slice(0, minutes)).toEqual(whole);
          expect(new Set(fired).size).toBe(fired.length);
        },
      ),
      { numRuns: 25 },
    );
    expect(moves).toBeGreaterThan(20);
  });

  test("plans what each scope makes of it, and says why one cannot be", async () => {
    await using h = await createHarness();
    h.clock.advance(1000);
    h.schedule("s", { cron: "*/15 * * * *" });
    const next = Date.parse(h.engine.getSchedule("s").nextRunTime ?? "");
    const input = { scheduleId: "s", scheduledTime: iso(next), to: iso(next + 5 * minuteMs) };
    const plans = h.engine.plannedMoves(input);
    expect(plans.map(({ scope, refused }) => [scope, refused?.field ?? null])).toEqual([
      ["this", null],
      ["later", "scope"],
      ["all", "scope"],
    ]);
    expect(h.engine.getSchedule("s").revision).toBe(1);
    const { schedule, before } = h.engine.moveOccurrence({ ...input, scope: "this" }, "user");
    expect(before).toEqual({ cron: "*/15 * * * *" });
    expect(schedule).toMatchObject({ revision: 2, nextRunTime: input.to, spec: plans[0]?.spec });
    expect(h.activity("s").at(-1)?.kind).toBe("edited");

    const back = { scheduleId: "s", scheduledTime: input.to, to: input.scheduledTime, scope: "this" as const };
    expect(h.engine.moveOccurrence(back, "user").schedule.spec).toEqual({ cron: "*/15 * * * *" });
  });

  test("takes nothing back that has come, nor to what was skipped by hand", async () => {
    await using h = await createHarness();
    h.clock.advance(1000);
    h.schedule("s", { cron: "0 * * * *" });
    const next = Date.parse(h.engine.getSchedule("s").nextRunTime ?? "");
    const move = (from: number, to: number) => {
      try {
        h.engine.moveOccurrence({ scheduleId: "s", scheduledTime: iso(from), to: iso(to), scope: "this" }, "user");
      } catch (error) {
        return error instanceof AppError ? error.issues[0]?.path : error;
      }
      return undefined;
    };
    expect(move(next, next - 10 * minuteMs)).toBe(undefined);
    h.clock.advance(next - 5 * minuteMs - h.clock.now());
    expect(h.runs("s")).toHaveLength(1);
    expect(move(next - 10 * minuteMs, next)).toBe("scheduledTime");
    h.engine.skipNext("s", iso(next + 60 * minuteMs), "user");
    expect(move(next + 60 * minuteMs, next + 70 * minuteMs)).toBe("scheduledTime");
    expect(move(next + 120 * minuteMs, next + 60 * minuteMs)).toBe("to");
    h.engine.deleteSchedule("s", "user");
    expect(move(next + 120 * minuteMs, next + 130 * minuteMs)).toBe("scheduleId");
  });
});
