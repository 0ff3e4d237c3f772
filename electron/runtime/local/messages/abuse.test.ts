import { existsSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { forkedRunners } from "../processes/forkedRunners.ts";
import { parseFromLauncher } from "../processes/fromLauncher.ts";
import { listenForStreams } from "../processes/launcherSocket.ts";
import { type Harness, startHarness } from "../testing/harness.ts";
import { createConduct } from "./conduct.ts";
import { ProtocolError, parseFromRunner } from "./fromRunner.ts";
import { parseFromHost } from "./hostProtocol.ts";
import type { FromRunner } from "./protocol.ts";

/** The full counts, with `npm run soak -- abuse`. */
const soak = process.env["ALMANAC_SOAK"] === "1";
const fuzzed = soak ? 10_000 : 300;

/** Writes on the channels of its own process; `raw` on the descriptor itself, `messages` by way of Node. */
const abusing = `
import { writeSync } from "node:fs";
import { workflow } from "almanac";
const deep = (levels) => "[".repeat(levels) + "]".repeat(levels);
const made = {
  deepLine: () => '{"type":"ended","reusable":true,"outcome":{"kind":"completed","at":1,"result":' + deep(100000) + "}}\\n",
  longLine: () => "x".repeat(20 * 1024 * 1024),
};
const writeAll = (text) => {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(3, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") return;
    }
  }
};
export const abuse = workflow("abuse", async ({ raw = [], messages = [], make, flood }) => {
  for (const text of raw) writeAll(text);
  if (make !== undefined) writeAll(made[make]());
  for (const message of messages) process.send(message);
  for (let sent = 0; sent < (flood?.times ?? 0); sent++) process.send(flood.message);
  await new Promise((done) => setTimeout(done, 2000));
  return "unharmed";
});
export const fine = workflow("fine", async () => "fine");
`;

const at = 1_700_000_000_000;
const step = { key: "a", name: "a", sequence: 0, status: "running", attempt: 1, startedAt: at, completedAt: null };

/** Each ends its own run. */
const abuses: [what: string, input: Record<string, unknown>][] = [
  ["a log without its stream", { messages: [{ type: "log", message: "x" }] }],
  ["a batch of null", { messages: [{ type: "batch", messages: [null] }] }],
  ["a batch of batches", { messages: [{ type: "batch", messages: [{ type: "batch", messages: [] }] }] }],
  ["no object", { messages: [7] }],
  ["an unknown type", { messages: [{ type: "nonsense" }] }],
  ["a second start", { messages: [{ type: "started", at }] }],
  ["readiness in the middle of a run", { messages: [{ type: "ready" }] }],
  ["an answer to nothing", { messages: Array.from({ length: 50 }, () => ({ type: "pong" })) }],
  ["a step at no time", { messages: [{ type: "step", step: { ...step, startedAt: 1e300 } }] }],
  ["a step without a status", { messages: [{ type: "step", step: { ...step, status: "" } }] }],
  [
    "an end with an unknown code",
    {
      messages: [
        {
          type: "ended",
          reusable: true,
          outcome: { kind: "failed", at, retryable: true, error: { code: "X", name: "", message: "" } },
        },
      ],
    },
  ],
  ["an end as lost", { messages: [{ type: "ended", reusable: true, outcome: { kind: "lost", at, reason: "" } }] }],
  [
    "an inspection",
    { messages: [{ type: "inspected", inspection: { hash: "", files: [], workflows: [], error: null } }] },
  ],
  [
    "a flood of log",
    { flood: { times: 5_000, message: { type: "log", at, stream: "stdout", text: "x".repeat(2_000) } } },
  ],
  ["a flood of requests for secrets", { flood: { times: 20_000, message: { type: "secret", id: 1, name: "none" } } }],
  ["what is no JSON", { raw: ["nonsense\n"] }],
  ["half a message", { raw: ['{"type":\n'] }],
  ["a message without an end", { make: "longLine" }],
  ["a result that is deep beyond measure", { make: "deepLine" }],
];

const runAbuse = (harness: Harness, modulePath: string, input: Record<string, unknown>) =>
  harness.run({ workflowName: "abuse", modulePath, input });

describe("what a workflow writes on its process's channel", () => {
  test.each(
    process.platform === "win32"
      ? []
      : ([
          ["a launcher's", undefined],
          ["a forked", forkedRunners()],
        ] as const),
  )(
    "fails its own run with RUNNER_PROTOCOL, and no other (%s runner)",
    async (_whose, spawnRunner) => {
      await using harness = await startHarness({ size: 3, ...(spawnRunner === undefined ? {} : { spawnRunner }) });
      const modulePath = harness.file("abusing.ts", abusing);
      // Forked ones read their channel with the same code.
      const some =
        spawnRunner === undefined || soak ? abuses : abuses.filter(([, { messages }]) => messages === undefined);
      const all = some.map(([what, input]) => ({ what, run: runAbuse(harness, modulePath, input) }));
      const beside = harness.run({ workflowName: "fine", modulePath });
      for (const { what, run } of all) {
        expect(await run.ended, what).toMatchObject({ kind: "failed", error: { code: "RUNNER_PROTOCOL" } });
      }
      expect(await beside.ended).toMatchObject({ kind: "completed", result: "fine" });
      expect(await harness.run({ workflowName: "fine", modulePath }).ended).toMatchObject({ kind: "completed" });
    },
    60_000,
  );

  test(
    "whatever it is, ends a run of its own alone, and never the program",
    async () => {
      await using harness = await startHarness({ size: 2 });
      const modulePath = harness.file("abusing.ts", abusing);
      const lines = fc.sample(
        fc.oneof(
          anything.map((value) => JSON.stringify(value) ?? "undefined"),
          fc.string(),
        ),
        fuzzed,
      );
      const perRun = Math.ceil(fuzzed / (soak ? 200 : 6));
      for (let from = 0; from < lines.length; from += perRun) {
        const raw = lines.slice(from, from + perRun).map((line) => `${line.replaceAll("\n", " ")}\n`);
        const outcome = await runAbuse(harness, modulePath, { raw }).ended;
        expect(outcome).toMatchObject({ kind: "failed", error: { code: "RUNNER_PROTOCOL" } });
      }
      expect(await harness.run({ workflowName: "fine", modulePath }).ended).toMatchObject({ kind: "completed" });
    },
    soak ? 600_000 : 30_000,
  );
});

/** Real messages with something in them changed, and things that are no messages at all. */
const real: FromRunner[] = [
  { type: "ready" },
  { type: "started", at },
  { type: "log", at, stream: "stdout", text: "x" },
  { type: "step", step: { ...step, status: "running" } },
  { type: "spawned" },
  { type: "ended", reusable: true, outcome: { kind: "completed", at, result: { a: [1] } } },
  { type: "batch", messages: [{ type: "started", at }] },
  { type: "secret", id: 1, name: "x" },
];
const mutated = fc.tuple(fc.constantFrom(...real), fc.nat(10), fc.jsonValue()).map(([message, place, value]) => {
  const copy = structuredClone(message) as Record<string, unknown>;
  const keys = Object.keys(copy);
  copy[keys[place % keys.length] ?? "type"] = value;
  return copy;
});
const anything: fc.Arbitrary<unknown> = fc.oneof(
  mutated,
  fc.jsonValue({ maxDepth: 6 }),
  fc.anything({ withNullPrototype: true }),
);

describe("a message", () => {
  test("of a runner is taken for what it is, or refused: nothing else is thrown", () => {
    for (const message of real) expect(parseFromRunner(structuredClone(message))).toEqual(message);
    fc.assert(
      fc.property(anything, (value) => {
        const conduct = createConduct(() => 0);
        try {
          const message = parseFromRunner(value);
          for (const one of message.type === "batch" ? message.messages : [message]) conduct.check(one as never);
          // What is taken can be written down.
          JSON.stringify(message);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: soak ? 100_000 : 2_000 },
    );
  });

  test("of the command host or the launcher likewise", () => {
    const ofHost = { type: "run", runId: "r", message: { type: "started", at } };
    const ofLauncher = { type: "launched", id: 1, pid: 4711 };
    expect(parseFromHost({ type: "batch", messages: [ofHost] })).toEqual([ofHost]);
    expect(parseFromLauncher(ofLauncher)).toEqual(ofLauncher);
    const wrapped = anything.map((message) => ({ type: "run", runId: "r", message }));
    fc.assert(
      fc.property(fc.oneof(anything, wrapped), (value) => {
        parseFromLauncher(value);
        try {
          parseFromHost(value);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: soak ? 10_000 : 500 },
    );
  });

  test("that is deep, cyclic or large is refused without going to the end of it", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    for (const result of [deep, cycle, "x".repeat(5 * 1024 * 1024), new Map(), 1n, Number.NaN, () => undefined]) {
      const message = { type: "ended", reusable: true, outcome: { kind: "completed", at, result } };
      expect(() => parseFromRunner(message)).toThrow(ProtocolError);
    }
  });
});

const linux = process.platform === "linux";
if (!linux) console.log("streams of runners arrive on a socket on Linux alone: its tests are left out");

describe.skipIf(!linux)("the socket on which runners' streams arrive", () => {
  test("lies in a folder of one's own, and holds few connections of whoever does not say whose they are", async () => {
    const taken: number[] = [];
    const token = "t".repeat(32);
    const listening = listenForStreams({ token, take: (id) => taken.push(id) > 0 });
    try {
      const folder = join(listening.path, "..");
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      expect(Buffer.byteLength(listening.path)).toBeLessThanOrEqual(107);
      const count = soak ? 1_000 : 200;
      const ends = Array.from({ length: count }, () => {
        const socket = connect(listening.path);
        socket.on("error", () => undefined);
        return { socket, closed: new Promise<void>((done) => socket.once("close", () => done())) };
      });
      let closed = 0;
      await new Promise<void>((done) => {
        for (const { closed: end } of ends) void end.then(() => ++closed === count - 96 && done());
      });
      // Room again once one of them has gone.
      const first = ends.find(({ socket }) => !socket.destroyed);
      first?.socket.destroy();
      await first?.closed;
      while (taken.length === 0) {
        const honest = connect(listening.path);
        honest.on("error", () => undefined);
        const gone = new Promise<void>((done) => honest.once("close", () => done()));
        honest.write(`${token}${"7".padStart(12, "0")}c`);
        await Promise.race([gone, new Promise<void>((done) => honest.once("connect", () => setImmediate(done)))]);
        await new Promise((done) => setImmediate(done));
      }
      expect(taken).toContain(7);
      for (const { socket } of ends) socket.destroy();
    } finally {
      listening.close();
    }
    expect(existsSync(join(listening.path, ".."))).toBe(false);
  }, 20_000);
});
