import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { jobs } from "./jobs.ts";

test("the limits that the benchmark of runs over Redis prints are those of the decision about them", () => {
  const path = fileURLToPath(new URL("../../../docs/decisions/0022-what-runs-over-redis-cost.md", import.meta.url));
  const rows = readFileSync(path, "utf8")
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter(([, job]) => jobs.some(({ words }) => words === job));
  const words = (limit: number | null): string => (limit === null ? "none" : String(limit));
  expect(rows.map(([, ...cells]) => cells.slice(0, 3))).toEqual(
    jobs.map(({ words: job, atLeast }) => [job, words(atLeast), words(atLeast)]),
  );
});
