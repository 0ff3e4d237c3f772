import { once } from "node:events";
import type { Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFetchers, createQueues, jobOptions } from "./queues.ts";
import { type Connection, openConnection } from "./redis/connection.ts";
import { startRedis, type TestRedis } from "./testing/redis.ts";

const prefix = "{almanac:test}:";
let redis: TestRedis;
let connection: Connection;
beforeAll(async () => {
  redis = await startRedis();
  connection = openConnection(redis.url, { answerMs: 5_000 });
  await once(connection.client, "ready");
});
afterAll(async () => {
  connection.close();
  await redis[Symbol.asyncDispose]();
});

/** The connection goes, which nobody has noticed yet; resolves once there is another. */
function cut(): Promise<unknown> {
  const back = once(connection.client, "ready");
  (connection.client as unknown as { stream: Socket }).stream.destroy();
  return back;
}

test("a queue that was first used while the connection went is used again once it is back", async () => {
  const queues = createQueues(connection.client, prefix, () => {});
  const add = () => queues.get("first").addBulk([{ name: "echo", data: "x", opts: jobOptions("job") }]);
  const back = cut();
  await expect(add()).rejects.toThrow();
  await back;
  expect((await add()).map(({ id }) => id)).toEqual(["job"]);
  await queues.close();
});

test("so is what fetches from one", async () => {
  const fetchers = createFetchers(connection.client, prefix, { lockMs: 30_000, workerId: "w", failed: () => {} });
  const fetch = () => fetchers.get("first").getNextJob("token", { block: false });
  const back = cut();
  await expect(fetch()).rejects.toThrow();
  await back;
  expect((await fetch())?.id).toBe("job");
  await fetchers.close();
});
