import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type JournalEntry, openJournal } from "./journal.ts";

const entry = (n: number): JournalEntry => ({
  folderId: "folder",
  queueName: "default.echo",
  jobId: `run_${n}`,
  finished: `{"outcome":${n},"text":"a line\\nand \\"another\\""}`,
});
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
        expect(journal.entries()).toEqual([...owed].map(entry));
        // What was taken over stands in its own file now, and another crash loses none of it.
        expect(readdirSync(folder)).toEqual(["next.jsonl"]);
        const again = await openJournal(folder, { own: "third", isAlive: () => false });
        expect(again.entries()).toEqual([...owed].map(entry));
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
    expect(journal.entries()).toEqual([entry(2)]);
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
    expect(journal.entries()).toEqual(owed);
    // As it is found after a crash, longer than what is read at once.
    writeFileSync(join(folder, "dead.jsonl"), readFileSync(path));
    const next = await openJournal(folder, { own: "next", isAlive: (name) => name === "mine" });
    expect(next.entries()).toEqual(owed);
    await next.close();
    await journal.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
