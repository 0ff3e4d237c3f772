import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readHealth } from "../../storage/opening/health.ts";
import { broken } from "./invariants.ts";
import { traceable } from "./strace.ts";
import { count, createRandom, createWorld } from "./world.ts";

type Acks = Map<string, unknown>;

interface Kill {
  acks: Acks;
  /** It came to its end: there were fewer calls. */
  over: boolean;
  problems: string[];
  /** The calls made. */
  calls: number;
}

async function killedAt(call: string, n: number): Promise<Kill> {
  await using world = createWorld();
  const program = await world.start({ scenario: true }, [
    "strace",
    "-f",
    "-qq",
    "-o",
    join(world.dir, "trace"),
    "-e",
    `trace=${call}`,
    "-e",
    `inject=${call}:signal=KILL:when=${n}`,
  ]);
  const code = await program.ended;
  const acks: Acks = new Map(
    program.said.filter((said) => "ack" in said).map((said) => [String(said["ack"]), said["value"]]),
  );
  const problems: string[] = [];
  world.client((_, database) => {
    const { sql } = database;
    const schedule = sql
      .prepare(
        "select status, note, pause_note as pauseNote, next_run_at as nextRunAt, last_scheduled_at as lastAt, created_at as createdAt from schedules where id = 'a'",
      )
      .get() as
      | {
          status: string;
          note: string | null;
          pauseNote: string | null;
          nextRunAt: number | null;
          lastAt: number | null;
          createdAt: number;
        }
      | undefined;
    const status = (runId: unknown): unknown => sql.prepare("select status from runs where id = ?").pluck().get(runId);
    // I3: what was acknowledged is there.
    if (acks.has("created") && schedule === undefined) problems.push("created and not there");
    if (acks.has("triggered") && status(acks.get("triggered")) === undefined) problems.push("triggered and not there");
    if (acks.has("finished") && status(acks.get("finished")) !== "completed")
      problems.push("finished and not completed");
    if (acks.has("edited") && schedule?.note !== "edited") problems.push("edited and not so");
    if (acks.has("backfill") && sql.prepare("select count(*) from backfills").pluck().get() !== 1)
      problems.push("the backfill is gone");
    if (
      acks.has("backfilled") &&
      sql
        .prepare("select count(*) from runs where backfill_id = ? and status = 'completed'")
        .pluck()
        .get(acks.get("backfilled")) !== 100
    )
      problems.push("backfilled and not all completed");
    if (acks.has("deleted") && schedule?.status !== "deleted") problems.push("deleted and not so");
    // The next occurrence has moved exactly where its run is there.
    if (schedule !== undefined) {
      const count = (sqlText: string): number => sql.prepare(sqlText).pluck().get() as number;
      const fired =
        count("select count(*) from runs where schedule_id = 'a' and trigger = 'schedule'") +
        count("select count(*) from omissions where schedule_id = 'a'");
      if ((schedule.lastAt !== null) !== fired > 0) problems.push(`dealt with ${schedule.lastAt}, ${fired} records`);
    }
    if (sql.pragma("integrity_check", { simple: true }) !== "ok") problems.push("integrity");
    if (readHealth(database, true).countersOff.length > 0) problems.push("counters");
  });
  problems.push(...broken(world, []));
  const calls = readFileSync(join(world.dir, "trace"), "utf8").match(/^\d+ +\w+\(/gm)?.length ?? 0;
  return { acks, over: code === 0, problems, calls };
}

describe.skipIf(!traceable)("killed at each commit boundary", () => {
  test.each(["fsync,fdatasync", "pwrite64"])(
    "at the n-th %s: the state is before or after, never a mix",
    { timeout: 3_600_000 },
    async (call) => {
      const random = createRandom();
      const tries = count(3, 400);
      const full = tries >= 100;
      console.log(`seed ${random.seed}, ${tries} kills at ${call}`);
      // Once to its end: how many points there are differs by the machine, and nothing may be wrong without a kill.
      const { problems, over, calls } = await killedAt(call, 60_000);
      expect({ problems, over }).toEqual({ problems: [], over: true });
      let ends = 0;
      let killed = 0;
      for (let i = 1; i <= tries && ends < 3; i += 1) {
        // Everyday runs take a few points of the whole way, full ones every point of it.
        const n = full ? i : Math.ceil(random.between(0, 0.9 * calls));
        const { problems, over } = await killedAt(call, n);
        expect(problems, `killed at ${call} ${n}`).toEqual([]);
        if (over) ends += 1;
        else killed += 1;
      }
      console.log(`${killed} kills at ${call}, 0 violations`);
      expect(killed).toBeGreaterThan(0);
    },
  );
});
