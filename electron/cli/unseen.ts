import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { readText } from "./values.ts";

/**
 * Typed at a terminal, unseen, or all of standard input but the line's end that `echo` and editors put behind it.
 * Null after Ctrl-C.
 */
export async function readUnseen(what: string, field: string): Promise<string | null> {
  if (process.stdin.isTTY !== true) return readText(field, "-").replace(/\r?\n$/, "");
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: unseen, terminal: true });
  const interrupt = new AbortController();
  // Only now: the terminal no longer shows what is typed.
  process.stderr.write(`${what}: `);
  lines.on("SIGINT", () => interrupt.abort());
  try {
    return await lines.question("", { signal: interrupt.signal });
  } catch (error) {
    if (!(error instanceof Error && error.name === "AbortError")) throw error;
    // Else Ctrl-D: the end of what is typed, with nothing before it.
    return interrupt.signal.aborted ? null : "";
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
