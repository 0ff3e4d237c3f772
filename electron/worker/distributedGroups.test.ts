import { existsSync, readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { keysOf } from "../runtime/bullmq/protocol.ts";
import { checkRedis } from "../runtime/bullmq/redis/gate.ts";
import { startCluster, startSentinel, startTlsRedis } from "../runtime/bullmq/testing/groups.ts";
import { startRedis } from "../runtime/bullmq/testing/redis.ts";
import { type ContractWorld, createContractWorld, fast } from "../runtime/testing/contractWorld.ts";

// Each fact is waited for as long as a busy machine may need.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
const soonMs = 90_000;

// Redis as more than one server, and behind TLS: real ones on this machine.
let opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
  opened = [];
});
const used = <T extends AsyncDisposable>(one: T): T => {
  opened.push(one);
  return one;
};

/** Nobody's lock runs out while a server is replaced: what is held goes on to be held. */
const worldOver = async (redisUrl: string): Promise<ContractWorld> =>
  used(await createContractWorld("bullmq", { redisUrl, timings: { ...fast, lockMs: 120_000 } }));
// Commands, which one process hosts all together.
const start = (world: ContractWorld, command: string): string =>
  world.engine.runWorkflow("shell.command", { command }, "user").runId;
const underWay = async (world: ContractWorld, hold: string): Promise<string> => {
  const runId = start(world, `echo it is under way; while [ -e '${hold}' ]; do sleep 0.1; done`);
  await world.until(runId, () => world.log(runId).includes("it is under way"), soonMs);
  return runId;
};
/** Ten runs that each write a line, started at once. */
const several = (world: ContractWorld, file: string): string[] =>
  world.engine.write("runs", () => Array.from({ length: 10 }, () => start(world, `echo once >> '${file}'`)));
const expectOnce = async (world: ContractWorld, ids: string[], file: string): Promise<void> => {
  for (const id of ids) expect(await world.ended(id, soonMs)).toMatchObject({ status: "completed", attempt: 1 });
  expect(existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []).toHaveLength(ids.length);
  expect(ids.flatMap((id) => world.late(id))).toEqual([]);
};
const codesOf = async (url: string): Promise<string[]> =>
  (await checkRedis(url, { timeoutMs: 20_000 })).problems.filter(({ refused }) => refused).map(({ code }) => code);

test("through Sentinel: a replica takes the place of its server while runs go on, and each is recorded once", async () => {
  const group = used(await startSentinel({ password: "swordfish", sentinelPassword: "plaice" }));
  expect(await codesOf(group.url)).toEqual([]);
  expect(await codesOf(group.url.replace("/main", "/other"))).toEqual(["NO_GROUP"]);
  expect(await codesOf(group.url.replace("plaice", "wrong"))).toEqual(["WRONG_PASSWORD"]);
  const itself = /,(127\.0\.0\.1:\d+)\//.exec(group.url)?.[1];
  expect(await codesOf(`redis://:plaice@${itself}`)).toEqual(["IS_SENTINEL"]);
  expect(await codesOf(`redis://:swordfish@127.0.0.1:${group.replica.port}`)).toEqual(["READ_ONLY"]);

  const world = await worldOver(group.url);
  const [hold, file] = [world.holdFile("replaced"), world.newFile("replaced")];
  const running = await underWay(world, hold);
  // The replica has all there is, as it nearly always has.
  await group.primary.client.set("probe", "1");
  expect(await group.primary.client.wait(1, 0)).toBe(1);
  await group.primary.kill();
  const ids = several(world, file);
  await group.failedOver();
  world.release(hold);
  expect(await world.ended(running, soonMs)).toMatchObject({ status: "completed", attempt: 1 });
  await expectOnce(world, ids, file);
  expect(world.late(running)).toEqual([]);
  // Nothing is left at the new one but what says that they were recorded.
  const { prefix } = keysOf(world.folderId);
  await expect
    .poll(() => group.replica.client.zcard(`${prefix}:default.shell.command:completed`), { timeout: soonMs })
    .toBe(0);
  expect(world.warnings.join("\n")).not.toMatch(/swordfish|plaice/);
});

test("through a Cluster: folders lie on different servers, and go on when one of those was away", async () => {
  const cluster = used(await startCluster());
  expect(await codesOf(cluster.url)).toEqual([]);
  expect(await codesOf(cluster.url.replace("redis-cluster", "redis"))).toEqual(["IS_CLUSTER"]);
  const alone = used(await startRedis());
  expect(await codesOf(`redis-cluster://127.0.0.1:${alone.port}`)).toEqual(["NO_CLUSTER"]);
  const [first] = cluster.servers;
  await first?.client.config("SET", "maxmemory-policy", "allkeys-lru");
  expect(await codesOf(cluster.url)).toEqual(["EVICTS"]);
  await first?.client.config("SET", "maxmemory-policy", "noeviction");

  const world = await worldOver(cluster.url);
  const other = await worldOver(cluster.url);
  const [before, after] = [world.newFile("before"), world.newFile("after")];
  await expectOnce(world, several(world, before), before);
  const elsewhere = other.newFile("elsewhere");
  await expectOnce(other, several(other, elsewhere), elsewhere);

  const hold = world.holdFile("away");
  const running = await underWay(world, hold);
  const server = await cluster.serverOf(keysOf(world.folderId).workers);
  await server.kill();
  const ids = several(world, after);
  await server.start();
  world.release(hold);
  expect(await world.ended(running, soonMs)).toMatchObject({ status: "completed", attempt: 1 });
  await expectOnce(world, ids, after);
});

test("behind TLS, with an authority of one's own: what is missing is said, and a run goes through", async () => {
  const redis = used(await startTlsRedis());
  const { ca, cert, key, port } = redis;
  const at = `rediss://127.0.0.1:${port}`;
  const own = `cert=${cert}&key=${key}`;
  expect(await codesOf(redis.url)).toEqual([]);
  for (const url of [
    `${at}?${own}`,
    `${at}?ca=${ca}&${own}`,
    `${at}?ca=${ca}&servername=redis.test`,
    `${at}?ca=${cert}&${own}&servername=other.test`,
  ])
    expect(await codesOf(url), url).toEqual(["CERTIFICATE"]);
  expect(await codesOf(`redis://127.0.0.1:${port}`)).toEqual(["TLS"]);
  const plain = used(await startRedis());
  expect(await codesOf(`rediss://127.0.0.1:${plain.port}`)).toEqual(["TLS"]);
  for (const [file, words] of [
    [`${ca}.gone`, /^redis: ca: there is no file ".*ca\.pem\.gone"/],
    [key, /^redis: ca: ".*key\.pem" holds no certificate in PEM/],
  ] as const)
    await expect(checkRedis(`${at}?ca=${file}`)).rejects.toThrow(words);
  const world = await worldOver(redis.url);
  const file = world.newFile("secured");
  await expectOnce(world, several(world, file), file);
});
