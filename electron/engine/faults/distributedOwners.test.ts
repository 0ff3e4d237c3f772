import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { createFakeClock, libfaketime } from "./fakeClock.ts";
import { broken } from "./invariants.ts";
import { createRandom, createWorld, type Program, soak, stopBetweenWrites } from "./world.ts";

const skewMs = 5_000;
const seconds = Array.from({ length: 60 }, (_, second) => second);
// Twenty a second. Times of the wall clock: an interval begins anew where its owner's clock is behind.
const schedules = Array.from({ length: 20 }, (_, i) => ({
  scheduleId: `s${i}`,
  workflowName: "witness",
  spec: { cron: "* * * * * *" },
  input: {},
}));

interface Skewed {
  skew: number;
  program: Program;
}

// Who owns is agreed by processes and monotonic time; the wall clock of whoever owns says alone when something is due.
test.skipIf(libfaketime === null)(
  "three engines whose clocks are ten seconds apart: the owner killed and frozen, the next one takes over, each occurrence has one record, and nothing starts before its time",
  { timeout: soak ? 7_200_000 : 240_000 },
  async () => {
    const random = createRandom();
    console.log(`seed ${random.seed}`);
    await using world = createWorld();
    const begin = async (skew: number): Promise<Skewed> => {
      const dir = join(world.dir, `clock-${skew}`);
      mkdirSync(dir, { recursive: true });
      const clock = createFakeClock(dir);
      clock.shift(skew);
      const program = await world.start({ schedules, name: `clock ${skew}` }, [], clock.env);
      await program.says((said) => "ready" in said, 60_000);
      return { skew, program };
    };
    const starts = () => world.lines().filter(({ word }) => word === "START");
    const startedBy = async ({ program }: Skewed, since: number): Promise<void> => {
      while (
        !starts()
          .slice(since)
          .some(({ pid }) => pid === program.pid)
      )
        await delay(100);
    };
    const isOwner = (said: Record<string, unknown>): boolean => said["role"] === "owner";
    /** Whichever of them takes over from `before`, how long that took, and what had started when it did. */
    const successor = async (before: Skewed, engines: readonly Skewed[]) => {
      const since = performance.now();
      const others = engines.filter((one) => one !== before);
      const next = await Promise.any(others.map((one) => one.program.says(isOwner, 60_000).then(() => one)));
      return { next, tookMs: performance.now() - since };
    };

    let owner = await begin(-skewMs);
    let engines = [owner, await begin(0), await begin(skewMs)];
    await startedBy(owner, 0);
    const took: number[] = [];
    for (let round = 0; round < (soak ? 8 : 2); round++) {
      await delay(random.between(0, soak ? 8_000 : 500));
      const before = owner;
      const isFrozen = round % 2 === 1;
      if (isFrozen) await stopBetweenWrites(world, before.program);
      else await before.program.kill();
      const { next, tookMs } = await successor(before, engines);
      took.push(tookMs);
      owner = next;
      await startedBy(owner, starts().length);
      const seen = before.program.said.length;
      if (isFrozen) {
        const had = starts().length;
        before.program.child.kill("SIGCONT");
        while (!before.program.said.slice(seen).some((said) => said["role"] === "client")) await delay(50);
        const woken = starts().slice(had);
        expect(woken.filter(({ pid }) => pid === before.program.pid)).toEqual([]);
        await before.program.kill();
      }
      engines = engines.filter((one) => one !== before);
      if (soak) engines.push(await begin(before.skew));
    }
    // The owner last: one that took over meanwhile, by a clock that is behind, would be ended while it sets schedules back.
    for (const { program } of [...engines.filter((one) => one !== owner), owner]) await program.kill("SIGTERM");
    const expected = schedules.map(({ scheduleId }) => ({ scheduleId, seconds }));
    expect(broken(world, expected, { ended: true })).toEqual([]);
    // By the clock of the one that starts it, which is all that it can go by.
    expect(starts().filter(({ at, scheduledAt }) => at < (scheduledAt ?? 0))).toEqual([]);
    // By any clock no earlier than the clocks are apart.
    console.log(`taken over after ${took.map(Math.round).join(", ")} ms`);
    if (soak) expect(Math.max(...took)).toBeLessThanOrEqual(10_000);
  },
);
