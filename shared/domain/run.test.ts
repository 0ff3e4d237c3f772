import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { canMove, type RunStatus, runMoves, runStatuses } from "./run.ts";

/** The moves as the header of run.ts writes them. */
function documented(): Map<string, Set<string>> {
  const moves = new Map<string, Set<string>>(runStatuses.map((status) => [status, new Set()]));
  let from = "";
  for (const line of readFileSync(new URL("run.ts", import.meta.url), "utf8").split("\n")) {
    if (line.includes("*/")) break;
    const state = /^ \* {3}([a-z]+)\b/.exec(line)?.[1];
    if (state !== undefined && moves.has(state)) from = state;
    const to = /^ \* {5}→ ([a-z]+)/.exec(line)?.[1];
    if (to !== undefined) moves.get(from)?.add(to);
  }
  return moves;
}

const header = documented();
const pairs = runStatuses.flatMap((from) => runStatuses.map((to): [RunStatus, RunStatus] => [from, to]));

test.each(pairs)("%s → %s is legal exactly where the header says so", (from, to) => {
  expect(canMove(from, to)).toBe(header.get(from)?.has(to) ?? false);
});

test("final states have no way out", () => {
  expect(runStatuses.filter((status) => runMoves[status].length === 0)).toEqual([
    "completed",
    "failed",
    "skipped",
    "cancelled",
  ]);
});
