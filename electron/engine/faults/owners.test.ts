import { expect, test } from "vitest";
import { runCli } from "../../cli/testing/runCli.ts";
import { broken } from "./invariants.ts";
import { createWorld, soak, stopBetweenWrites } from "./world.ts";

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const schedules = Array.from({ length: 20 }, (_, i) => ({
  scheduleId: `s${i}`,
  workflowName: "witness",
  spec: { interval: "1s" },
  input: {},
}));
const expected = schedules.map(({ scheduleId }) => ({ scheduleId, everyMs: 1000 }));

test("two engines started at once: one owns; killed, the other takes over within ten seconds; nothing twice", {
  timeout: 300_000,
}, async () => {
  await using world = createWorld();
  const [one, two] = await Promise.all([
    world.start({ schedules, name: "one" }),
    world.start({ schedules, name: "two" }),
  ]);
  const roles = await Promise.all([one, two].map((program) => program.says((said) => "ready" in said)));
  expect(roles.map((role) => role["ready"]).sort()).toEqual(["client", "owner"]);
  const [owner, client] = roles[0]?.["ready"] === "owner" ? [one, two] : [two, one];
  await sleep(soak ? 60_000 : 2000);
  // A client's edit while another owns, and it is said who does.
  const shown = world.client((engine) => {
    engine.updateSchedule({ scheduleId: "s0", note: "edited beside" }, "cli");
    return engine.status().owner;
  });
  expect(shown?.pid).toBe(owner.pid);
  await owner.kill();
  const killedAt = Date.now();
  const taken = await client.says((said) => said["role"] === "owner", 15_000);
  expect(Number(taken["at"]) - killedAt).toBeLessThanOrEqual(10_000);
  await sleep(1500);
  const aliveAt = Date.now();
  await client.kill("SIGTERM");
  expect(broken(world, expected, { ended: true, firedUntil: aliveAt - 5000 })).toEqual([]);
  expect(new Set(world.lines().map((line) => line.pid))).toEqual(new Set([owner.pid, client.pid]));
});

test("an owner stopped past its lease: another takes over; continued, it dispatches nothing", {
  timeout: 300_000,
}, async () => {
  await using world = createWorld();
  const owner = await world.start({ schedules, name: "stopped" });
  await owner.says((said) => said["ready"] === "owner");
  const other = await world.start({ name: "other" });
  await other.says((said) => said["ready"] === "client");
  await sleep(1200);
  await stopBetweenWrites(world, owner);
  const stoppedAt = Date.now();
  const taken = await other.says((said) => said["role"] === "owner", 15_000);
  expect(Number(taken["at"]) - stoppedAt).toBeLessThanOrEqual(10_000);
  await sleep(soak ? 30_000 : 1000);
  owner.child.kill("SIGCONT");
  await owner.says((said) => said["role"] === "client" && Number(said["at"]) > stoppedAt);
  await sleep(1500);
  const aliveAt = Date.now();
  await Promise.all([owner.kill("SIGTERM"), other.kill("SIGTERM")]);
  const late = world
    .lines()
    .filter((line) => line.word === "START" && line.pid === owner.pid && line.at > Number(taken["at"]));
  expect(late).toEqual([]);
  expect(broken(world, expected, { ended: true, firedUntil: aliveAt - 5000 })).toEqual([]);
});

test("an owner stopped while it writes: others say who holds the database, and go on once it is ended", {
  timeout: 300_000,
}, async () => {
  await using world = createWorld();
  const owner = await world.start({ schedules, name: "holder", stuck: true });
  await owner.says((said) => said["stuck"] === true);
  owner.child.kill("SIGSTOP");
  const words = `The process ${owner.pid} (holder) that owns the data folder ${world.dataDir} holds its database but does not answer`;
  const other = await world.start({ name: "other" });
  const { problem } = await other.says((said) => said["problem"] != null, 60_000);
  expect(problem).toMatchObject({ code: "DATABASE_UNAVAILABLE", message: expect.stringContaining(words) });
  const doctor = await runCli(["--data-dir", world.dataDir, "doctor", "--json"]);
  expect(doctor.code).toBe(1);
  expect(doctor.json()["problems"]).toEqual([expect.stringContaining(words)]);
  const edit = await runCli(["--data-dir", world.dataDir, "schedules", "pause", "s0", "--json"]);
  expect([edit.code, edit.error().message]).toEqual([1, expect.stringContaining(words)]);

  await owner.kill();
  await other.says((said) => said["role"] === "owner" && said["problem"] === null, 60_000);
  for (let waited = 0; !world.lines().some((line) => line.pid === other.pid); waited += 100) {
    if (waited > 60_000) throw new Error("it fires nothing");
    await sleep(100);
  }
  await other.kill("SIGTERM");
  expect(broken(world, expected, { ended: true })).toEqual([]);
});
