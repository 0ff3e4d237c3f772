import { expect, test } from "vitest";
import type { StepRecord } from "../../shared/domain/run.ts";
import type { Said } from "../runtime/bullmq/protocol.ts";
import { createWords } from "./words.ts";

const MiB = 1024 * 1024;
const log = (text: string, stream: "stdout" | "stderr" = "stdout"): Said => ({ kind: "log", at: 0, stream, text });
const step = (key: string): Said => ({ kind: "step", step: { key, status: "completed" } as StepRecord });

/** A Redis that takes what it is told and may lose its answer, and what an engine makes of all that stands in it. */
function listening() {
  const items: Said[] = [];
  const redis = { isAway: false, losesAnswer: false };
  const words = createWords({
    async say(_steps, texts) {
      if (redis.isAway) throw new Error("away");
      items.push(...texts.map((text) => JSON.parse(text) as Said));
      if (redis.losesAnswer) throw new Error("no answer");
      return true;
    },
    seal: (said) => JSON.stringify(said),
    sealStep: () => "",
    lost: () => {},
    logBytes: 0,
  });
  const text = (more: readonly Said[] = []): string => {
    let whole = "";
    for (const said of [...items, ...more]) {
      if (said.kind !== "log") continue;
      const bytes = Buffer.byteLength(whole);
      if ((said.offset ?? 0) < bytes) continue;
      expect(said.offset).toBe(bytes);
      whole += said.text;
    }
    return whole;
  };
  return { items, redis, words, text };
}
const lines = (count: number): string[] => Array.from({ length: count }, (_, n) => `line ${n} of them, ü\n`);

test("a mebibyte that is printed at once is told whole", async () => {
  const { words, text } = listening();
  const all = "x".repeat(999).concat("\n").repeat(1000);
  for (let at = 0; at < all.length; at += 30_000) words.add(log(all.slice(at, at + 30_000)));
  await words.flush();
  expect(text()).toBe(all);
});

test("what Redis took without an answer is told again as it was, and what was printed meanwhile after it", async () => {
  const { words, redis, text } = listening();
  const all = lines(2_000);
  for (const [n, line] of all.entries()) {
    words.add(log(line));
    if (n % 500 !== 250) continue;
    redis.losesAnswer = true;
    await expect(words.flush()).rejects.toThrow("no answer");
    redis.losesAnswer = false;
    if (n > 1_000) await words.flush();
  }
  await words.flush();
  expect(text()).toBe(all.join(""));
  // The last goes along with the outcome, and was tried before.
  words.add(log("the last one\n"));
  redis.losesAnswer = true;
  await expect(words.flush()).rejects.toThrow("no answer");
  words.add(log("and the very last\n"));
  expect(text(words.takeLast())).toBe(`${all.join("")}the last one\nand the very last\n`);
});

test("while Redis is away the beginning and the end of a log wait, and all steps; a line says what was left out", async () => {
  const { words, redis, items, text } = listening();
  redis.isAway = true;
  const all = "y".repeat(99).concat("\n").repeat(30_000);
  for (let at = 0; at < all.length; at += 10_000) {
    if (at % 100_000 === 0) words.add(step(`${at}`));
    words.add(log(all.slice(at, at + 10_000), at % 20_000 === 0 ? "stdout" : "stderr"));
  }
  await expect(words.flush()).rejects.toThrow("away");
  redis.isAway = false;
  await words.flush();
  const [whole = "", begin, left, end] = /^([^[]*)\[(\d+) bytes were left out: [^\]]*\]\n(.*)$/s.exec(text()) ?? [];
  expect(all.startsWith(begin ?? "?")).toBe(true);
  expect(all.endsWith(end ?? "?")).toBe(true);
  expect((begin ?? "").length + Number(left) + (end ?? "").length).toBe(all.length);
  expect((begin ?? "").length).toBeGreaterThan(0.4 * MiB);
  expect((end ?? "").length).toBeGreaterThan(0.4 * MiB);
  expect(whole.length).toBeLessThan(1.1 * MiB);
  const steps = items.flatMap((said) => (said.kind === "step" ? [Number(said.step.key)] : []));
  expect(steps).toEqual(Array.from({ length: 30 }, (_, n) => n * 100_000));
});
