import fc from "fast-check";
import { expect, test } from "vitest";
import { createHarness, type Harness, START } from "../testing/harness.ts";

const HOUR = 3_600_000;

interface Account {
  kind: string;
  from_at: number;
  to_at: number;
  due: number;
  ran: number;
  skipped: number;
  missed: number;
}

const accounts = (h: Harness): Account[] =>
  h.database.sql
    .prepare("select kind, from_at, to_at, due, ran, skipped, missed from downtimes order by id")
    .all() as Account[];

/** Instants on a lattice from `first` to `last`, both included; shares nothing with the engine's arithmetic. */
function lattice(everyMs: number, first: number, last: number): number[] {
  const times: number[] = [];
  for (let at = Math.ceil(first / everyMs) * everyMs; at <= last; at += everyMs) times.push(at);
  return times;
}

/** What is wrong with a schedule's records: each occurrence has one at most, and each range counts what it covers. */
function wrongRecords(h: Harness, id: string, everyMs: number): string[] {
  const wrong: string[] = [];
  const records = new Map<number, string[]>();
  const note = (at: number, what: string): void => void records.set(at, [...(records.get(at) ?? []), what]);
  for (const run of h.runs(id)) if (run.scheduledTime !== null) note(Date.parse(run.scheduledTime), run.status);
  for (const { kind, reason, firstTime, lastTime, count } of h.omissions(id)) {
    const covered = lattice(everyMs, Date.parse(firstTime), Date.parse(lastTime));
    if (covered.length !== count)
      wrong.push(`${id}: ${kind} ${firstTime}–${lastTime} says ${count}, covers ${covered.length}`);
    for (const at of covered) note(at, `${kind} (${reason})`);
  }
  for (const [at, all] of records)
    if (all.length > 1) wrong.push(`${id} at ${new Date(at).toISOString()}: ${all.join(", ")}`);
  return wrong;
}

test("a stall's account counts what became of each occurrence, also those that were then skipped", async () => {
  await using h = await createHarness();
  h.schedule("quick", { cron: "* * * * * *" });
  h.schedule("slow", { cron: "*/2 * * * * *" }, { ms: 9000 });
  h.clock.advance(4000);
  const firstOf = (id: string): number => Date.parse(h.engine.getSchedule(id).nextRunTime ?? "");
  const first = { quick: firstOf("quick"), slow: firstOf("slow") };
  h.clock.freeze(18_000);
  h.clock.advance(90_000);
  const stalls = accounts(h).filter(({ kind }) => kind === "stalled");
  expect(stalls).toHaveLength(1);
  const [stall] = stalls as [Account];
  const inStall = [
    ...lattice(1000, first.quick, stall.to_at).map((at) => ["quick", at] as const),
    ...lattice(2000, first.slow, stall.to_at).map((at) => ["slow", at] as const),
  ];
  const ran = inStall.filter(([id, at]) => h.runs(id).some((run) => Date.parse(run.scheduledTime ?? "") === at));
  const skipped = inStall.filter(([id, at]) =>
    h
      .omissions(id)
      .some(
        ({ kind, firstTime, lastTime }) =>
          kind === "skipped" && Date.parse(firstTime) <= at && at <= Date.parse(lastTime),
      ),
  );
  expect(skipped.length).toBeGreaterThan(0);
  expect(stall).toMatchObject({ due: inStall.length, ran: ran.length, skipped: skipped.length, missed: 0 });
  expect([wrongRecords(h, "quick", 1000), wrongRecords(h, "slow", 2000)]).toEqual([[], []]);
});

test("many that are caught up are counted as they run, not before", async () => {
  await using h = await createHarness();
  h.schedule("s", { cron: "* * * * *" }, { ms: 200 }, { catchup: "all" });
  h.clock.advance(1000);
  await h.off(30 * HOUR);
  h.clock.advance(5000);
  for (let i = 0; i < 12; i += 1) h.clock.advance(60_000);
  const [account] = accounts(h);
  const ran = h.runs("s").filter(({ trigger }) => trigger === "catchup").length;
  const skipped = h.omissions("s").reduce((sum, { reason, count }) => sum + (reason === "buffer_full" ? count : 0), 0);
  expect(account).toMatchObject({ due: 1800, ran, skipped, missed: 0 });
  expect(ran + skipped).toBe(1800);
});

test("the clock forward and back again: nothing that ran, or is to come, is counted as missed", async () => {
  await using h = await createHarness();
  h.schedule("s", { cron: "* * * * *" });
  h.clock.advance(1000);
  h.clock.shiftWall(3 * HOUR);
  h.clock.advance(2000);
  expect(accounts(h)).toMatchObject([{ missed: 180 }]);
  // Not all of it: a part of what was missed is over on the new clock, too.
  h.clock.shiftWall(-2 * HOUR);
  h.clock.advance(2000);
  expect(accounts(h)).toMatchObject([{ due: 60, missed: 60 }]);
  h.clock.advance(HOUR);
  h.clock.shiftWall(-4 * HOUR);
  h.clock.advance(2000);
  expect(accounts(h)).toEqual([]);
  h.clock.advance(HOUR);
  expect(wrongRecords(h, "s", 60_000)).toEqual([]);
  expect(h.engine.getSchedule("s").missedRuns).toBe(0);
});

test("what ran ahead of a clock that was set back is in no range that is recorded later", async () => {
  await using h = await createHarness();
  h.schedule("s", { cron: "* * * * *" }, {}, { catchup: "latest" });
  h.clock.advance(1000);
  h.clock.shiftWall(HOUR);
  h.clock.advance(2000);
  h.clock.shiftWall(-HOUR);
  h.clock.advance(2000);
  h.engine.updateSchedule({ scheduleId: "s", catchup: "none" }, "user");
  await h.off(3 * HOUR, { crash: true });
  h.clock.advance(2000);
  expect(h.runs("s").map(({ scheduledTime }) => scheduledTime)).toContain(new Date(START + HOUR).toISOString());
  expect(wrongRecords(h, "s", 60_000)).toEqual([]);
  const missed = h.omissions("s").reduce((sum, { count }) => sum + count, 0);
  expect(h.engine.getSchedule("s").missedRuns).toBe(missed);
  expect(await h.engine.recount()).toEqual([]);
});

test("whatever the clock does, and whenever nothing fires: one record an occurrence, and accounts that agree with them", async () => {
  const step = fc.record({
    what: fc.constantFrom("shift", "freeze", "off", "crash"),
    by: fc.integer({ min: -2 * HOUR, max: 2 * HOUR }),
    run: fc.integer({ min: 0, max: 150_000 }),
  });
  const policies = ["none", "latest", "all"] as const;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      await using h = await createHarness();
      for (const catchup of policies) h.schedule(catchup, { cron: "*/2 * * * *" }, { ms: 50_000 }, { catchup });
      h.schedule("skips", { cron: "*/15 * * * * *" }, { ms: 40_000 });
      for (const { what, by, run } of steps) {
        h.clock.advance(run);
        if (what === "shift") h.clock.shiftWall(by);
        else if (what === "freeze") h.clock.freeze(Math.abs(by) % 100_000);
        else await h.off(Math.abs(by), { crash: what === "crash" });
      }
      for (let i = 0; i < 20; i += 1) h.clock.advance(60_000);
      const wrong = [...policies.flatMap((id) => wrongRecords(h, id, 120_000)), ...wrongRecords(h, "skips", 15_000)];
      expect(wrong).toEqual([]);
      const all = accounts(h);
      for (const account of all) {
        expect(account.due).toBe(account.ran + account.skipped + account.missed);
        expect(Math.min(account.ran, account.skipped, account.missed)).toBeGreaterThanOrEqual(0);
      }
      const omissions = [...policies, "skips"].flatMap((id) => h.omissions(id));
      const missed = omissions.reduce((sum, { kind, count }) => sum + (kind === "missed" ? count : 0), 0);
      expect(all.reduce((sum, account) => sum + account.missed, 0)).toBe(missed);
      expect(await h.engine.recount()).toEqual([]);
      expect(h.errors).toEqual([]);
    }),
    { numRuns: process.env["ALMANAC_SOAK"] === "1" ? 300 : 6 },
  );
});
