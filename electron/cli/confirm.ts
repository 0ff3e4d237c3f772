import { createInterface } from "node:readline/promises";
import type { CliIo } from "./output.ts";

/** A person at a terminal is asked; a program has to say it beforehand, and is not. */
export async function confirmed(io: CliIo, question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !io.err.isTTY) return false;
  const asking = createInterface({ input: process.stdin, output: io.err });
  try {
    return /^y(es)?$/i.test((await asking.question(`${question} Go on? [y/N] `)).trim());
  } finally {
    asking.close();
  }
}
