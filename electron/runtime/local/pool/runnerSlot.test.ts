import { PassThrough } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { RunJob } from "../../../../shared/domain/workflow.ts";
import type { FromRunner } from "../messages/protocol.ts";
import { createSlot } from "./runnerSlot.ts";

const job: RunJob = {
  runId: "run",
  scheduleId: null,
  workflowName: "prints",
  queue: "default",
  modulePath: null,
  module: null,
  input: {},
  scheduledAt: null,
  timezone: "UTC",
  attempt: 1,
  epoch: 1,
  timeoutMs: null,
  memoryLimitMb: 512,
  memoryLimitBy: "settings",
  passEnvironment: [],
  steps: [],
};
const log = (text: string): FromRunner => ({ type: "log", at: 0, stream: "stdout", text });

/** A runner whose messages and output reach the program in whatever order a test says: both wait in the system while it is busy. */
function slotOfRun() {
  const stdout = new PassThrough();
  let say: (message: FromRunner) => void = () => undefined;
  let lines = "";
  const told: unknown[] = [];
  let ended: () => void = () => undefined;
  const end = new Promise<void>((done) => {
    ended = done;
  });
  const slot = createSlot({
    spawnRunner: () => ({
      pid: undefined,
      onOutput: (listener) => listener("stdout", stdout),
      send: () => undefined,
      onMessage: (listener) => {
        say = listener;
      },
      onExit: () => undefined,
      kill: () => undefined,
    }),
    mark: "mark",
    heapLimitMb: 100,
    timeoutGraceMs: 0,
    modules: () => [],
    events: {
      message: (_job, message) => {
        if (message.type === "log") lines += message.text;
      },
      log: (_job, _at, _stream, text) => {
        lines += text;
      },
      ended: () => ended(),
      moduleChanged: () => undefined,
      unfit: (before, given) => void told.push(["unfit", before.runId, given?.runId]),
      idle: () => undefined,
      gone: () => void told.push(["gone"]),
      secret: () => null,
    },
  });
  say({ type: "ready" });
  say({ type: "prepared" });
  slot.run(job);
  say({ type: "started", at: 0 });
  return { slot, say: (message: FromRunner) => say(message), stdout, end, lines: () => lines, told };
}

const over: FromRunner = {
  type: "ended",
  outcome: { kind: "completed", at: 0, result: null },
  reusable: true,
};

test("what a run printed before its first program stands before the program's output, though that was read first", async () => {
  const { say, stdout, end, lines } = slotOfRun();
  stdout.write("between\n");
  await nextTurn();
  say({ type: "batch", messages: [log("before\n"), { type: "spawned" }] });
  say(over);
  await end;
  expect(lines()).toBe("before\nbetween\n");
});

test("what a run prints after its programs stands behind their output, though that is read later", async () => {
  const { say, stdout, end, lines } = slotOfRun();
  say({ type: "spawned" });
  say({ type: "batch", messages: [log("after\n"), log("last\n")] });
  stdout.write("between\n");
  say(over);
  await end;
  expect(lines()).toBe("between\nafter\nlast\n");
});

test("what a run prints beside a program that is silent is not held back until its end", async () => {
  const { say, lines } = slotOfRun();
  say({ type: "spawned" });
  say(log("shown\n"));
  while (lines() === "") await nextTurn();
  expect(lines()).toBe("shown\n");
});

test.each([
  ["while its end is being read", false, false],
  ["while it waits", true, false],
  ["when it has just been given the next", true, true],
])(
  "a runner that its last run has left unfit takes no other, and gives back what it has: %s",
  async (_, isRead, isGiven) => {
    const { slot, say, end, told } = slotOfRun();
    say(over);
    if (isRead) await end;
    if (isGiven) slot.run({ ...job, runId: "next" });
    say({ type: "unfit" });
    await end;
    expect(slot.state).toBe("gone");
    expect(slot.job).toBe(null);
    expect(told).toEqual([...(isRead ? [["unfit", "run", isGiven ? "next" : undefined]] : []), ["gone"]]);
  },
);

test("a runner that says so in the middle of a run breaks the protocol: the run fails for it", async () => {
  const { slot, say, told } = slotOfRun();
  say({ type: "unfit" });
  expect([slot.state, told]).toEqual(["busy", []]);
});
