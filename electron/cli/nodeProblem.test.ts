import { expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { nodeProblem, oldestNode } from "./nodeProblem.ts";

it("refuses what is too old, in words that say what to do, and agrees with the package", () => {
  expect(["22.14.0", "22.20.1", "24.0.0", "25.1.0"].map(nodeProblem)).toEqual([null, null, null, null]);
  for (const old of ["22.13.1", "20.18.0", "18.0.0"]) expect(nodeProblem(old)).toContain(`and this is ${old}`);
  expect(packageJson.engines.node).toBe(`>=${oldestNode}`);
});
