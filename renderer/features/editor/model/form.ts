import {
  type CreateScheduleInput,
  scheduleDefaults,
  type UpdateScheduleInput,
} from "../../../../shared/api/schedules.ts";
import type { CatchupPolicy, KeepRuns, OverlapPolicyName, Schedule } from "../../../../shared/domain/schedule.ts";
import { emptyWhen, fromSpec, toSpec, type WhenDraft } from "./draft.ts";

/** What happens around a firing; every value is said, so that no default is hidden. */
export interface PolicyDraft {
  overlapPolicy: OverlapPolicyName;
  catchup: CatchupPolicy;
  catchupWindow: string;
  timeout: string | null;
  memoryLimit: string | null;
  slowAfter: string | null;
  dueBy: string | null;
  pools: readonly string[];
  /** Null: what its workflow says. */
  queue: string | null;
  keepRuns: KeepRuns;
  maxAttempts: number;
  retryDelay: string;
  maxRuns: number | null;
  pauseOnFailure: number | null;
  /** Null until somebody chooses: what holds for its kind of workflow. */
  recoverOnWorkerLoss: boolean | null;
  maxRecoveryAttempts: number;
}
export type PolicyName = keyof PolicyDraft;

export const policyNames = [
  "overlapPolicy",
  "catchup",
  "catchupWindow",
  "timeout",
  "memoryLimit",
  "slowAfter",
  "dueBy",
  "pools",
  "queue",
  "keepRuns",
  "maxAttempts",
  "retryDelay",
  "maxRuns",
  "pauseOnFailure",
  "recoverOnWorkerLoss",
  "maxRecoveryAttempts",
] as const satisfies readonly PolicyName[];

/** A schedule as the engine gives it, with the phase of its intervals (epoch ms). */
export type SavedSchedule = Schedule & { anchorAt: number };

/** Everything the editor saves. */
export interface EditorDraft {
  name: string;
  workflowName: string;
  input: unknown;
  note: string;
  tags: readonly string[];
  when: WhenDraft;
  policies: PolicyDraft;
}

export const defaultPolicies: PolicyDraft = pickPolicies({ ...scheduleDefaults, recoverOnWorkerLoss: null });

function pickPolicies(from: PolicyDraft): PolicyDraft {
  return Object.fromEntries(policyNames.map((name) => [name, from[name]])) as unknown as PolicyDraft;
}

export const newDraft = (timezone: string): EditorDraft => ({
  name: "",
  workflowName: "",
  input: {},
  note: "",
  tags: [],
  when: emptyWhen(timezone),
  policies: defaultPolicies,
});

export const draftOf = (schedule: Schedule): EditorDraft => ({
  name: schedule.name,
  workflowName: schedule.workflowName,
  input: schedule.input,
  note: schedule.ownNote ?? "",
  tags: schedule.tags,
  when: fromSpec(schedule.spec),
  policies: pickPolicies(schedule),
});

const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The body of `schedules.create`: policies that are the defaults are left to the engine. */
export function createInput(draft: EditorDraft, paused: boolean): CreateScheduleInput {
  const changed = policyNames.filter((name) => !sameJson(draft.policies[name], defaultPolicies[name]));
  return {
    name: draft.name.trim(),
    workflowName: draft.workflowName,
    spec: toSpec(draft.when) as CreateScheduleInput["spec"],
    input: draft.input as CreateScheduleInput["input"],
    ...Object.fromEntries(changed.map((name) => [name, draft.policies[name]])),
    ...(draft.note.trim() === "" ? {} : { note: draft.note }),
    ...(draft.tags.length === 0 ? {} : { tags: [...draft.tags] }),
    ...(paused ? { paused: true } : {}),
  };
}

/** The body of `schedules.update`: only what differs, because a spec that is sent begins a new phase of its intervals. */
export function updateInput(
  draft: EditorDraft,
  before: EditorDraft,
  of: { scheduleId: string; revision: number | null },
): UpdateScheduleInput {
  const input: Record<string, unknown> = { scheduleId: of.scheduleId };
  if (of.revision !== null) input["revision"] = of.revision;
  if (draft.name.trim() !== before.name) input["name"] = draft.name.trim();
  if (draft.workflowName !== before.workflowName) input["workflowName"] = draft.workflowName;
  if (!sameJson(draft.input, before.input)) input["input"] = draft.input;
  if (draft.note !== before.note) input["note"] = draft.note.trim() === "" ? null : draft.note;
  if (!sameJson(draft.tags, before.tags)) input["tags"] = [...draft.tags];
  const spec = toSpec(draft.when);
  if (!sameJson(spec, toSpec(before.when))) input["spec"] = spec;
  for (const name of policyNames) {
    if (!sameJson(draft.policies[name], before.policies[name])) input[name] = draft.policies[name];
  }
  return input as unknown as UpdateScheduleInput;
}

/** Whether two drafts would be saved the same. */
export function sameDraft(a: EditorDraft, b: EditorDraft): boolean {
  const saved = (draft: EditorDraft) => ({ ...draft, name: draft.name.trim(), when: toSpec(draft.when) });
  return sameJson(saved(a), saved(b));
}
