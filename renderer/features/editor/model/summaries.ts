import type { WorkflowRow } from "../../../../shared/api/workflows.ts";
import { defaultPolicies, type EditorDraft, type PolicyDraft } from "./form.ts";
import { lacksCommand } from "./lacking.ts";
import type { Preview } from "./preview.ts";

/** A step of the editor, as its line of steps shows it. */
export interface Step {
  /** The id of its heading on the page. */
  id: "when-title" | "what-title" | "policies-title";
  title: string;
  /** What is chosen there, in a line. */
  summary: string;
  /** Something is still to be chosen. */
  isOpen: boolean;
}

/** What a workflow is given, in a line: the text that says most of it. */
function inputText(input: unknown): string {
  if (typeof input !== "object" || input === null) return input === undefined ? "" : String(input);
  const { command, script, url, program, args } = input as Record<string, unknown>;
  if (typeof program === "string") return [program, ...(Array.isArray(args) ? args : [])].join(" ");
  const said = [command, script, url].find((text) => typeof text === "string" && text !== "");
  if (said !== undefined) return String(said).split("\n")[0] ?? "";
  return Object.keys(input).length === 0 ? "" : JSON.stringify(input);
}

const overlapWords: Record<PolicyDraft["overlapPolicy"], string> = {
  skip: "Skip if still running",
  buffer_one: "One waits if still running",
  buffer_all: "All wait if still running",
  cancel_other: "Cancel what still runs",
  terminate_other: "Kill what still runs",
  allow_all: "Side by side",
};

/** What is said of policies: those that are not as for everything new, else that they are. */
function policiesText(policies: PolicyDraft): string {
  const usual = defaultPolicies;
  const parts = [
    overlapWords[policies.overlapPolicy],
    policies.catchup === "none"
      ? "no catch-up"
      : policies.catchup === "latest"
        ? "catches up the latest"
        : "catches up all",
    policies.maxAttempts === 1 ? null : `${policies.maxAttempts} attempts`,
    policies.timeout === null ? null : `at most ${policies.timeout}`,
    policies.dueBy === null ? null : `due by ${policies.dueBy}`,
    policies.maxRuns === null ? null : `${policies.maxRuns} runs`,
    policies.pauseOnFailure === null ? null : `pauses after ${policies.pauseOnFailure} failures`,
    policies.pools.length === 0 ? null : policies.pools.join(", "),
    policies.memoryLimit === usual.memoryLimit ? null : policies.memoryLimit,
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

/** The steps of the editor with what is chosen in each. */
export function stepsOf(draft: EditorDraft, preview: Preview, workflows: readonly WorkflowRow[]): Step[] {
  const isUsable = preview.sentence !== null && preview.neverFires === null && preview.issues.length === 0;
  const workflow = workflows.find(({ name }) => name === draft.workflowName);
  const required = (workflow?.inputSchema as { required?: readonly string[] } | null)?.required ?? [];
  const given = (typeof draft.input === "object" && draft.input !== null ? draft.input : {}) as Record<string, unknown>;
  const lacksInput = required.some((key) => given[key] === undefined || given[key] === "");
  const what = [draft.name.trim(), draft.workflowName, inputText(draft.input)].filter((part) => part !== "");
  const lacking =
    draft.name.trim() === ""
      ? "Give it a name"
      : draft.workflowName === ""
        ? "Choose what runs"
        : lacksCommand(draft.workflowName, draft.input)
          ? "Give it a command"
          : lacksInput
            ? "Fill in its input"
            : null;
  return [
    {
      id: "when-title",
      title: "When",
      summary:
        draft.when.cards.length === 0 ? "Say when it runs" : isUsable ? (preview.sentence ?? "") : "Not finished",
      isOpen: !isUsable,
    },
    { id: "what-title", title: "What", summary: lacking ?? what.join(" · "), isOpen: lacking !== null },
    { id: "policies-title", title: "Policies", summary: policiesText(draft.policies), isOpen: false },
  ];
}
