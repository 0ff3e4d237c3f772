import { expect, test } from "vitest";
import { PROTOCOL, type WorkerRecord } from "./protocol.ts";
import { createRoster } from "./roster.ts";

const record = (host: string, more: Partial<WorkerRecord> = {}): WorkerRecord => ({
  ...{ workerId: host, host, pid: 1, version: "1.0.0", protocol: PROTOCOL, concurrency: 2, queues: ["default"] },
  ...{ workflows: [{ name: "echo", version: null }], running: [], startedAt: 0, draining: false, now: 0, key: null },
  ...more,
});

test("whom to look at comes first: who is there and is given nothing says why, who was not heard of; then hosts as people count", () => {
  const roster = createRoster({ lateMs: 10, lockMs: 10, keyName: null, versionOf: () => undefined });
  const all = [
    record("h-10"),
    record("h-9"),
    record("h-3", { protocol: 1 }),
    record("h-4"),
    record("h-5", { key: "k" }),
  ];
  const redisNow = 1_000_000;
  const seen = Object.fromEntries(all.map(({ host }) => [host, String(host === "h-4" ? redisNow - 15 : redisNow)]));
  roster.read(Object.fromEntries(all.map((one) => [one.workerId, JSON.stringify(one)])), seen, redisNow);
  expect(roster.view(null).workers.map(({ host, state, refused }) => [host, state, refused])).toEqual([
    ["h-3", "online", expect.stringContaining(`speaks protocol 1 and this engine ${PROTOCOL}`)],
    ["h-4", "late", null],
    ["h-5", "online", expect.stringContaining("has a shared key and this engine has none")],
    ["h-9", "online", null],
    ["h-10", "online", null],
  ]);
  expect(roster.takes("echo", "default", new Map())).toEqual({ ok: true });
});
