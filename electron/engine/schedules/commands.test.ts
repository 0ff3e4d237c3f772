import fc from "fast-check";
import { expect, test } from "vitest";
import { AppError } from "../../../shared/domain/errors.ts";
import { overlapPolicies } from "../../../shared/domain/schedule.ts";
import { count } from "../faults/world.ts";
import { createHarness, type Harness, START } from "../testing/harness.ts";

const SECOND = 1000;
const EVERY = 10 * SECOND;

type Step =
  | { do: "pass"; ms: number }
  | { do: "off"; ms: number; crash: boolean }
  | { do: "pause"; untilMs: number | null }
  | { do: "resume" | "trigger" | "note" | "delete" | "restore" }
  | { do: "skip"; nth: number }
  | { do: "cancel"; nth: number }
  | { do: "policy"; policy: (typeof overlapPolicies)[number] };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 40_000 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("off" as const),
      ms: fc.integer({ min: 0, max: 150_000 }),
      crash: fc.boolean(),
    }),
  },
  fc.record({
    do: fc.constant("pause" as const),
    untilMs: fc.option(fc.integer({ min: 1, max: 60_000 }), { nil: null }),
  }),
  fc.record({ do: fc.constantFrom("resume" as const, "trigger" as const, "note" as const) }),
  fc.record({ do: fc.constantFrom("delete" as const, "restore" as const, "resume" as const) }),
  fc.record({ do: fc.constant("skip" as const), nth: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ do: fc.constant("cancel" as const), nth: fc.nat(5) }),
  fc.record({ do: fc.constant("policy" as const), policy: fc.constantFrom(...overlapPolicies) }),
);

/** Spans in which a schedule wanted to fire, from included, to not: what the oracle keeps by itself. */
interface Wanted {
  spans: { from: number; to: number }[];
  /** Paused until; null is until somebody resumes it. */
  pausedUntil: number | null | undefined;
  deleted: boolean;
}

/** Starts and ends of a schedule's executions, over all programs there were. */
interface Executed {
  from: number;
  to: number;
}

function note(h: Harness, executed: Executed[]): void {
  for (const { startedAt, endedAt } of h.runtime.executions)
    executed.push({ from: startedAt, to: endedAt ?? h.clock.now() });
}

test("whatever is asked of a schedule, and whenever it is off: each occurrence has one record, and none is lost", {
  timeout: 3_600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 3, maxLength: 25 }),
      fc.constantFrom(...overlapPolicies),
      fc.constantFrom("none" as const, "latest" as const, "all" as const),
      fc.constantFrom(0, 3, 12, 27),
      fc.boolean(),
      async (steps, overlapPolicy, catchup, seconds, retried) => {
        await using h = await createHarness();
        const input = { ms: seconds * SECOND, ...(retried ? { failing: [1] } : {}) };
        const rules = { overlapPolicy, catchup, maxAttempts: 2, retryDelay: "4s" };
        h.schedule("s", { interval: "10s" }, input, rules);
        const wanted: Wanted = {
          spans: [{ from: START, to: Number.POSITIVE_INFINITY }],
          pausedUntil: undefined,
          deleted: false,
        };
        const executed: Executed[] = [];
        let beside = overlapPolicy === "allow_all";
        const stopWanting = (): void => {
          const last = wanted.spans.at(-1);
          if (last !== undefined && last.to > h.clock.now()) last.to = h.clock.now() + 1;
        };
        const wantFrom = (from: number): void => void wanted.spans.push({ from, to: Number.POSITIVE_INFINITY });
        /** A pause that has ended meanwhile. */
        const lookAtPause = (): void => {
          if (wanted.deleted || wanted.pausedUntil == null || wanted.pausedUntil > h.clock.now()) return;
          wantFrom(wanted.pausedUntil);
          wanted.pausedUntil = undefined;
        };

        for (const each of [...steps, { do: "pass" as const, ms: 1 }]) {
          try {
            switch (each.do) {
              case "pass":
                h.clock.advance(each.ms);
                break;
              case "off":
                note(h, executed);
                await h.off(each.ms, { crash: each.crash });
                // What was late is dealt with.
                h.clock.advance(1000);
                break;
              case "pause": {
                const until = each.untilMs === null ? null : h.clock.now() + each.untilMs;
                h.engine.pauseSchedule(
                  { scheduleId: "s", ...(until === null ? {} : { until: new Date(until).toISOString() }) },
                  "user",
                );
                stopWanting();
                wanted.pausedUntil = until;
                break;
              }
              case "resume":
                h.engine.resumeSchedule("s", "user");
                wanted.pausedUntil = undefined;
                wantFrom(h.clock.now());
                break;
              case "trigger":
                h.engine.triggerSchedule({ scheduleId: "s" }, "user");
                break;
              case "note":
                h.engine.updateSchedule({ scheduleId: "s", note: String(h.clock.now()) }, "user");
                break;
              case "delete":
                h.engine.deleteSchedule("s", "user");
                stopWanting();
                wanted.deleted = true;
                break;
              case "restore": {
                const { status } = h.engine.restoreSchedule("s", "user");
                wanted.deleted = false;
                if (status === "active") wantFrom(h.clock.now() + 1);
                break;
              }
              case "skip": {
                const next = h.engine.getSchedule("s").nextRunTime;
                if (next !== null)
                  h.engine.skipNext("s", new Date(Date.parse(next) + each.nth * EVERY).toISOString(), "user");
                break;
              }
              case "cancel": {
                const run = h.runs("s").filter(({ status }) => status !== "completed")[each.nth];
                if (run !== undefined) h.engine.cancelRun(run.runId, 1000, "user");
                break;
              }
              case "policy":
                h.engine.updateSchedule({ scheduleId: "s", overlapPolicy: each.policy }, "user");
                beside ||= each.policy === "allow_all";
                break;
            }
          } catch (error) {
            // What is refused changes nothing.
            if (!(error instanceof AppError)) throw error;
          }
          lookAtPause();
        }
        note(h, executed);

        const schedule = h.engine.getSchedule("s");
        const now = h.clock.now();
        const records = new Map<number, string[]>();
        const record = (at: number, what: string): void => void records.set(at, [...(records.get(at) ?? []), what]);
        for (const run of h.runs("s"))
          if (run.trigger === "schedule" || run.trigger === "catchup")
            record(Date.parse(run.scheduledTime ?? ""), "run");
        const byHand = new Set<number>();
        for (const { reason, firstTime } of h.omissions("s"))
          if (reason === "by_hand") byHand.add(Date.parse(firstTime));
        for (const { kind, reason, firstTime, lastTime, count: n } of h.omissions("s")) {
          let covered = 0;
          for (let at = START; at <= Date.parse(lastTime); at += EVERY) {
            if (at < Date.parse(firstTime) || (byHand.has(at) && reason !== "by_hand")) continue;
            record(at, `${kind} ${reason}`);
            covered += 1;
          }
          expect([reason, covered]).toEqual([reason, n]);
        }
        // What is late at most waits for the one before it.
        const settledUntil =
          schedule.status === "active" ? Math.min(now, Date.parse(schedule.nextRunTime ?? "") - 1) : now;
        if (schedule.status === "active") expect(now - settledUntil).toBeLessThanOrEqual(60_000);
        for (let at = START; at <= settledUntil; at += EVERY) {
          const isWanted = wanted.spans.some(({ from, to }) => at >= from && at < to);
          const found = records.get(at) ?? [];
          const expected = isWanted || byHand.has(at) ? 1 : 0;
          expect([(at - START) / SECOND, found.length, ...found]).toEqual([(at - START) / SECOND, expected, ...found]);
        }
        if (!beside) {
          executed.sort((a, b) => a.from - b.from);
          executed.slice(1).forEach((one, i) => {
            expect(one.from).toBeGreaterThanOrEqual(executed[i]?.to ?? 0);
          });
        }
        expect(await h.engine.recount()).toEqual([]);
        expect(h.errors).toEqual([]);

        // Nothing is stuck: undisturbed, all that waits comes to its end.
        if (schedule.status === "deleted") return;
        if (schedule.status === "active") h.engine.pauseSchedule({ scheduleId: "s" }, "user");
        h.engine.updateSchedule({ scheduleId: "s", overlapPolicy: "allow_all" }, "user");
        h.engine.resumeSchedule("s", "user");
        h.engine.pauseSchedule({ scheduleId: "s" }, "user");
        h.clock.advance(200_000);
        const open = h.runs("s").filter(({ status }) => ["buffered", "pending", "running"].includes(status));
        expect(open).toEqual([]);
        expect(await h.engine.recount()).toEqual([]);
      },
    ),
    { numRuns: count(25, 3000) },
  );
});
