import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { smallDisk } from "../engine/faults/smallDisk.ts";
import { type Journal, type JournalEntry, openJournal } from "./journal.ts";

const entry = (n: number): JournalEntry => ({
  folderId: "folder",
  queueName: "default.echo",
  jobId: `run_${n}`,
  finished: `{"outcome":${n},"text":"a line\\nand \\"another\\""}`,
});
/** All that is owed, with what it says, as it is read from the disk. */
const entriesOf = async (journal: Journal): Promise<(JournalEntry | null)[]> => {
  const owed = journal.owed();
  const entries = await Promise.all(owed.map(({ jobId }) => journal.read(jobId)));
  for (const [i, one] of entries.entries()) expect(owed[i]?.size).toBe(one?.finished.length);
  return entries;
};
const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

test("a journal that a crash cut off anywhere owes every outcome that was written whole, and no other", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 5 }), fc.array(fc.nat({ max: 5 })), fc.nat(), async (count, settled, cut) => {
      const folder = mkdtempSync(join(tmpdir(), "almanac-journal-"));
      try {
        const lines = [
          ...Array.from({ length: count }, (_, n) => ({ text: line(entry(n)), n, owes: true })),
          ...settled.map((n) => ({ text: line(`run_${n}`), n, owes: false })),
        ];
        const whole = Buffer.from(lines.map(({ text }) => text).join(""));
        const left = whole.subarray(0, whole.length === 0 ? 0 : cut % (whole.length + 1));
        writeFileSync(join(folder, "dead.jsonl"), left);
        const owed = new Set<number>();
        let end = 0;
        for (const { text, n, owes } of lines) {
          end += Buffer.byteLength(text);
          // Without the end of its line it is whole all the same.
          if (end - 1 > left.length) break;
          if (owes) owed.add(n);
          else owed.delete(n);
        }
        const journal = await openJournal(folder, { own: "next", isAlive: () => false });
        expect(await entriesOf(journal)).toEqual([...owed].map(entry));
        // What was taken over stands in its own file now, and another crash loses none of it.
        expect(readdirSync(folder)).toEqual(["next.jsonl"]);
        const again = await openJournal(folder, { own: "third", isAlive: () => false });
        expect(await entriesOf(again)).toEqual([...owed].map(entry));
        await again.close();
        await journal.close();
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 30 },
  );
});

test("lines that are none of ours are left out, and what a living process owes is its own", async () => {
  const folder = mkdtempSync(join(tmpdir(), "almanac-journal-"));
  try {
    const living = await openJournal(folder, { own: "living", isAlive: () => true });
    await living.append(entry(1));
    const torn = [`${"\0".repeat(100)}\n`, "{}\n", "null\n", "[[[\n", line({ ...entry(3), jobId: 7 }), line(entry(2))];
    for (const text of torn) appendFileSync(join(folder, "dead.jsonl"), text);
    const journal = await openJournal(folder, { own: "mine", isAlive: (name) => name === "living" });
    expect(await entriesOf(journal)).toEqual([entry(2)]);
    journal.settled(entry(2).jobId);
    await journal.close();
    expect(readdirSync(folder)).toEqual(["living.jsonl"]);
    await living.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("much that is owed is written once and not again for each outcome; where most is settled the file grows short", async () => {
  const folder = mkdtempSync(join(tmpdir(), "almanac-journal-"));
  const path = join(folder, "mine.jsonl");
  const large = (n: number): JournalEntry => ({ ...entry(n), finished: `${n} ü ${"x".repeat(1024 * 1024)}` });
  try {
    const journal = await openJournal(folder, { own: "mine", isAlive: () => true });
    const file = statSync(path).ino;
    for (let n = 0; n < 24; n++) await journal.append(large(n));
    // Anew would be another one.
    expect(statSync(path).ino).toBe(file);
    for (let n = 0; n < 22; n++) journal.settled(large(n).jobId);
    await journal.append(large(24));
    await journal.append(large(25));
    expect(statSync(path).size).toBeLessThan(6 * 1024 * 1024);
    const owed = [22, 23, 24, 25].map(large);
    expect(await entriesOf(journal)).toEqual(owed);
    // As it is found after a crash, longer than what is read at once.
    writeFileSync(join(folder, "dead.jsonl"), readFileSync(path));
    const next = await openJournal(folder, { own: "next", isAlive: (name) => name === "mine" });
    expect(await entriesOf(next)).toEqual(owed);
    await next.close();
    await journal.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("what is owed lies on the disk and not in memory, before and after a restart", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const held = (): number => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const folder = mkdtempSync(join(tmpdir(), "almanac-journal-"));
  const long = (n: number): JournalEntry => ({ ...entry(n), finished: `${n} ${"x".repeat(1024 * 1024)}` });
  const [count, bound] = [64, 16 * 1024 * 1024];
  try {
    const before = held();
    const journal = await openJournal(folder, { own: "first", isAlive: () => true });
    for (let n = 0; n < count; n++) await journal.append(long(n));
    expect(journal.owed()).toHaveLength(count);
    expect(held() - before).toBeLessThan(bound);
    const next = await openJournal(folder, { own: "next", isAlive: () => false });
    expect(next.owed()).toHaveLength(count);
    expect(held() - before).toBeLessThan(bound);
    expect(await next.read("run_40")).toEqual(long(40));
    await next.close();
    await journal.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** What a journal that kept all in memory would owe, in its order. */
type Move = { kind: "append" | "settle" | "read"; n: number; size: number } | { kind: "restart" };
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constantFrom("append" as const, "settle" as const, "read" as const),
      n: fc.nat({ max: 12 }),
      size: fc.oneof(fc.nat({ max: 50 }), fc.constantFrom(700_000, 1_500_000)),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "restart" as const }) },
);

test("read from the disk, outcomes are those of a journal that keeps them all in memory, whatever comes between", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 60 }), async (moves) => {
      const folder = mkdtempSync(join(tmpdir(), "almanac-journal-"));
      const model = new Map<string, JournalEntry>();
      let own = 0;
      let journal = await openJournal(folder, { own: `p${own}`, isAlive: () => false });
      const under: Promise<unknown>[] = [];
      try {
        for (const [i, one] of moves.entries()) {
          if (one.kind === "restart") {
            await Promise.all(under.splice(0));
            await journal.close();
            journal = await openJournal(folder, { own: `p${++own}`, isAlive: () => false });
            expect(await entriesOf(journal)).toEqual([...model.values()]);
            continue;
          }
          const jobId = `run_${one.n}`;
          if (one.kind === "append" && !model.has(jobId)) {
            const made = { ...entry(one.n), finished: `${i} ü "${"y".repeat(one.size)}` };
            model.set(jobId, made);
            under.push(journal.append(made));
          } else if (one.kind === "settle") {
            model.delete(jobId);
            journal.settled(jobId);
          } else if (one.kind === "read") {
            // Of one that is settled while it is read either is right.
            const wanted = model.get(jobId) ?? null;
            under.push(
              journal.read(jobId).then((found) => {
                if (model.get(jobId) === wanted) expect(found).toEqual(wanted);
              }),
            );
          }
        }
        await Promise.all(under);
        expect(await entriesOf(journal)).toEqual([...model.values()]);
        await journal.close();
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 25 },
  );
});

test("what the disk did not take is owed all the same, is no part of another line, and is written once it takes it", async (context) => {
  using disk = smallDisk();
  if (disk === null) {
    console.log("mounting is not allowed here: a journal is not tried on a full disk");
    return context.skip();
  }
  const folder = join(disk.path, "outcomes");
  const journal = await openJournal(folder, { own: "mine", isAlive: () => true });
  await journal.append(entry(1));
  const { bavail, bsize } = statfsSync(disk.path);
  const filler = join(disk.path, "filler");
  writeFileSync(filler, Buffer.alloc(Math.max(0, (bavail - 1) * bsize)));
  const large = { ...entry(2), finished: "z".repeat(64 * 1024) };
  await expect(journal.append(large)).rejects.toThrow(/ENOSPC/);
  expect(await entriesOf(journal)).toEqual([entry(1), large]);
  rmSync(filler);
  await journal.append(entry(3));
  expect(await entriesOf(journal)).toEqual([entry(1), large, entry(3)]);
  const next = await openJournal(folder, { own: "next", isAlive: () => false });
  expect((await entriesOf(next)).map((one) => one?.jobId).sort()).toEqual(["run_1", "run_2", "run_3"]);
  await next.close();
  await journal.close();
});
