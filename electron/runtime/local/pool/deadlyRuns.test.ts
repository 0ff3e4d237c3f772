import { expect, test } from "vitest";
import type { RunJob } from "../../../../shared/domain/workflow.ts";
import { createDeadlyRuns } from "./deadlyRuns.ts";

const jobOf = (scheduleId: string | null, workflowName = "work"): RunJob => ({
  runId: `run of ${scheduleId ?? workflowName}`,
  scheduleId,
  workflowName,
  queue: "default",
  modulePath: "/file.ts",
  module: null,
  input: {},
  scheduledAt: null,
  timezone: "UTC",
  attempt: 1,
  epoch: 1,
  timeoutMs: null,
  memoryLimitMb: null,
  memoryLimitBy: "settings",
  passEnvironment: [],
  steps: [],
});
const idle = { state: "idle", job: null } as const;
const starting = { state: "starting", job: null } as const;
const busy = (job: RunJob) => ({ state: "busy", job }) as const;

test("the last run of a schedule says what is expected of the next; without a schedule, that of the workflow", () => {
  const deadly = createDeadlyRuns();
  deadly.ended(jobOf("a"), true);
  deadly.ended(jobOf(null, "alone"), true);
  expect(deadly.has(jobOf("a", "renamed"))).toBe(true);
  expect(deadly.has(jobOf(null, "alone"))).toBe(true);
  expect(deadly.has(jobOf("b"))).toBe(false);
  expect(deadly.has(jobOf("b", "alone"))).toBe(false);
  deadly.ended(jobOf("a"), false);
  deadly.ended(jobOf(null, "alone"), false);
  expect(deadly.has(jobOf("a"))).toBe(false);
  expect(deadly.isEmpty).toBe(true);
});

test("a deadly run goes while all runners of its file are up and one is left to the others", () => {
  const deadly = createDeadlyRuns();
  const job = jobOf("a");
  deadly.ended(job, true);
  const harmless = busy(jobOf("b"));
  expect(deadly.mayGo([idle])).toBe(true);
  expect(deadly.mayGo([idle, starting])).toBe(false);
  expect(deadly.mayGo([idle, idle])).toBe(true);
  expect(deadly.mayGo([idle, harmless])).toBe(true);
  expect(deadly.mayGo([idle, busy(job)])).toBe(false);
  expect(deadly.mayGo([idle, busy(job), idle])).toBe(true);
  expect(deadly.mayGo([idle, busy(job), busy(job)])).toBe(false);
});
