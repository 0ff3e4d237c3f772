import { expect, test } from "vitest";
import { createFakeClock, type FakeClock, libfaketime } from "./fakeClock.ts";
import { broken } from "./invariants.ts";
import { create, expectGone, scheduler, witnessing } from "./realProgram.ts";
import { createWorld, soak, type World } from "./world.ts";

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Waits until something is so; how long a busy machine may take for it is not at issue here. */
async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += 200) {
    if (waited > 120_000) throw new Error(`not within two minutes: ${what}`);
    await sleep(200);
  }
}

const starts = (world: World, scheduleId: string) =>
  world.lines().filter((line) => line.word === "START" && line.scheduleId === scheduleId);

const startsAfter = (world: World, scheduleId: string, at: number): boolean =>
  starts(world, scheduleId).some((line) => (line.scheduledAt ?? 0) > at);

/** Nothing that has come due is left to be dealt with, and nothing that was caught up waits. */
const isUpToDate = (world: World, clock: FakeClock): boolean =>
  world.client((_, { sql }) => {
    const earliest = sql.prepare("select min(next_run_at) from schedules").pluck().get() as number;
    const open = sql.prepare("select count(*) from runs where trigger = 'catchup' and completed_at is null").pluck();
    return earliest > clock.now() - 5 * SECOND && open.get() === 0;
  });

const clockChanges = (world: World): number[] =>
  world.client((_, { sql }) =>
    (
      sql.prepare("select details from activity where kind = 'clock_changed' order by id").pluck().all() as string[]
    ).map((details) => (JSON.parse(details) as { byMs: number }).byMs),
  );

const nearly = (ms: number) => ({ asymmetricMatch: (actual: number) => Math.abs(actual - ms) < 5 * SECOND });

const forwards: [string, number][] = [
  ["an hour", HOUR],
  ...(soak
    ? ([
        ["30 seconds", 30 * SECOND],
        ["a day", DAY],
        ["40 days", 40 * DAY],
      ] as [string, number][])
    : []),
];

test.skipIf(libfaketime === null).for(forwards)(
  "the program's clock is set %s forward: each policy as it says, every occurrence recorded once, and on it goes",
  { timeout: 600_000 },
  async ([, jump]) => {
    await using world = createWorld();
    const clock = createFakeClock(world.dir);
    const mark = `${process.pid}-forward-${jump}`;
    // Few enough to catch up with commands, and some within the window of a week.
    const rare = jump > HOUR ? 6 * HOUR : HOUR / 4;
    const policies = [
      { scheduleId: "none", everyMs: 2 * SECOND, catchup: "none" },
      { scheduleId: "latest", everyMs: 2 * SECOND, catchup: "latest" },
      { scheduleId: "all", everyMs: rare, catchup: "all" },
    ];
    for (const { scheduleId, everyMs, catchup } of policies) {
      const rules = ["--every", `${everyMs / SECOND}s`, "--catchup", catchup];
      create(world, scheduleId, witnessing(world, "true"), ...rules);
    }
    const running = await scheduler(world, mark, clock.env);
    await until("both tick", () => starts(world, "none").length > 1 && starts(world, "latest").length > 1);
    clock.shift(jump);
    const jumpedAt = clock.now();
    await until("what passed is accounted for", () => startsAfter(world, "none", jumpedAt) && isUpToDate(world, clock));
    await until("the other goes on", () => startsAfter(world, "latest", jumpedAt));
    await running.kill("SIGTERM");
    expect(broken(world, policies, { ended: true })).toEqual([]);
    await expectGone(mark);
    expect(clockChanges(world)).toEqual([nearly(jump)]);
    const counts = world.client((_, { sql }) =>
      Object.fromEntries(
        policies.map(({ scheduleId }) => [
          scheduleId,
          sql
            .prepare(
              `select (select count(*) from runs where schedule_id = @id and trigger = 'catchup') as caughtUp,
                 (select missed_runs from schedules where id = @id) as missed`,
            )
            .get({ id: scheduleId }) as { caughtUp: number; missed: number },
        ]),
      ),
    );
    // Less than a minute is no gap: what came due in it is fired late.
    const isGap = jump > 60 * SECOND;
    expect(counts["none"]?.caughtUp).toBe(0);
    expect((counts["none"]?.missed ?? 0) > 0).toBe(isGap);
    expect(counts["latest"]?.caughtUp).toBe(isGap ? 1 : 0);
    expect(counts["all"]?.caughtUp).toBe(isGap ? Math.min(Math.floor(jump / rare), (7 * DAY) / rare) : 0);
  },
);

const backs: [string, number[]][] = [
  ["an hour back", [-HOUR]],
  ...(soak
    ? ([
        ["30 seconds back", [-30 * SECOND]],
        ["a day back", [-DAY]],
        ["a day forward and back", [DAY, -DAY]],
      ] as [string, number[]][])
    : []),
];

test.skipIf(libfaketime === null).for(backs)(
  "the program's clock is set %s: no occurrence twice, an interval goes on at once, and it is written down",
  { timeout: 600_000 },
  async ([, jumps]) => {
    await using world = createWorld();
    const clock = createFakeClock(world.dir);
    const mark = `${process.pid}-back-${jumps.join()}`;
    create(world, "tick", witnessing(world, "true"));
    create(world, "cron", witnessing(world, "true"), "--cron", "* * * * * *");
    const running = await scheduler(world, mark, clock.env);
    await until("both tick", () => starts(world, "tick").length > 1 && starts(world, "cron").length > 1);
    for (const jump of jumps) {
      const before = starts(world, "tick");
      clock.shift(jump);
      const jumpedAt = clock.now();
      const isNew = (at: number): boolean => Math.abs(at - jumpedAt) < Math.abs(jump) / 2;
      await until("it ticks by the new clock", () =>
        starts(world, "tick")
          .slice(before.length)
          .some((line) => isNew(line.scheduledAt ?? 0)),
      );
    }
    await running.kill("SIGTERM");
    expect(broken(world, [], { ended: true })).toEqual([]);
    await expectGone(mark);
    expect(clockChanges(world)).toEqual(jumps.map((jump) => nearly(jump)));
  },
);
