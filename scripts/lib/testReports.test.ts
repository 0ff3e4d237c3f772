import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./paths.ts";
import { playwrightReport, vitestReport } from "./testReports.ts";

test("what failed is named with its file and the first line of its error, a file that does not load too", () => {
  const report = vitestReport({
    numPassedTests: 1,
    numFailedTests: 1,
    testResults: [
      {
        name: join(root, "shared/a.test.ts"),
        status: "failed",
        assertionResults: [
          { status: "passed", fullName: "holds" },
          {
            status: "failed",
            fullName: "breaks",
            failureMessages: ["\u001b[31mAssertionError: expected 1 to be 2\u001b[39m\n    at a.test.ts:3:1"],
          },
        ],
      },
      { name: join(root, "shared/b.test.ts"), status: "failed", message: "SyntaxError: b\nmore", assertionResults: [] },
    ],
  });
  expect(report).toEqual({
    passed: 1,
    failed: 1,
    failures: ["shared/a.test.ts: breaks: AssertionError: expected 1 to be 2", "shared/b.test.ts: SyntaxError: b"],
  });
});

test("a page test that passed at its second try is not among what failed, one in a group is", () => {
  const error = { message: "Error: timed out\nCall log" };
  const report = playwrightReport({
    stats: { expected: 3, flaky: 1, unexpected: 1 },
    suites: [
      {
        file: "web/pages.spec.ts",
        specs: [{ title: "second try", ok: true, tests: [{ results: [{ error }, {}] }] }],
        suites: [
          { file: "web/pages.spec.ts", specs: [{ title: "opens", ok: false, tests: [{ results: [{ error }] }] }] },
        ],
      },
    ],
  });
  expect(report).toEqual({ passed: 4, failed: 1, failures: ["web/pages.spec.ts: opens: Error: timed out"] });
});
