import fc from "fast-check";
import { expect, it } from "vitest";
import { createScheduleSchema } from "../../../../shared/api/schedules.ts";
import { fieldIssues } from "../../../../shared/domain/fieldIssues.ts";
import { defaultPolicies, type PolicyDraft } from "./form.ts";
import { policyProblems } from "./policyProblems.ts";

const sizes = fc.oneof(
  fc.constantFrom("none", "512MiB", "2GiB", "64MiB", "1048576MiB"),
  fc.integer({ min: -5, max: 2_000_000 }).map((mib) => `${mib}MiB`),
);
const lengths = fc.oneof(
  fc.constantFrom("", "10s", "1h30m", "soon", "0h", "5m1h"),
  fc.tuple(fc.integer({ min: 0, max: 1e12 }), fc.constantFrom("s", "m", "h", "d", "w")).map((parts) => parts.join("")),
);
const optional = <T>(some: fc.Arbitrary<T>) => fc.option(some, { freq: 3 });

it("names what the engine would refuse, with its words, and nothing else", () => {
  fc.assert(
    fc.property(
      fc.record({
        memoryLimit: optional(sizes),
        catchupWindow: lengths,
        retryDelay: lengths,
        timeout: optional(lengths),
        slowAfter: optional(lengths),
      }),
      (changes) => {
        const policies: PolicyDraft = { ...defaultPolicies, ...changes };
        const parsed = createScheduleSchema.safeParse({ workflowName: "w", spec: { interval: ["1h"] }, ...changes });
        const issues = parsed.success ? [] : fieldIssues(parsed.error.issues, changes);
        const refused = issues.map(({ path, message }) => [path, message]);
        const problems = policyProblems(policies);
        expect(Object.keys(problems).toSorted()).toEqual(refused.map(([path]) => path).toSorted());
        for (const [path, message] of refused) expect(message).toContain(problems[path ?? ""]);
      },
    ),
  );
});

it("takes no time limit of nothing, with which every run would fail at once", () => {
  for (const timeout of ["0m", "0s", "0h0m"])
    expect(policyProblems({ ...defaultPolicies, timeout })["timeout"]).toMatch(/longer than nothing/);
  expect(policyProblems({ ...defaultPolicies, timeout: "1s", slowAfter: "0m" })).toEqual({});
});
