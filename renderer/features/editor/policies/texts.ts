import type { CatchupPolicy, OverlapPolicyName } from "../../../../shared/domain/schedule.ts";

interface PolicyText {
  label: string;
  text: string;
}

export const overlapTexts: Record<OverlapPolicyName, PolicyText> = {
  skip: { label: "Skip it", text: "The new run does not happen; it is counted as skipped." },
  buffer_one: {
    label: "Let one wait",
    text: "One run waits and starts when the other ends; further ones are skipped.",
  },
  buffer_all: { label: "Let all wait", text: "Every run waits its turn, one after the other, at most 1,000." },
  cancel_other: {
    label: "Cancel the running one",
    text: "The running one is told to stop and has 5 seconds; then the new one starts.",
  },
  terminate_other: { label: "Kill the running one", text: "The running one is ended at once, and the new one starts." },
  allow_all: { label: "Run side by side", text: "The new run starts beside the others." },
};

export const catchupTexts: Record<CatchupPolicy, PolicyText> = {
  none: {
    label: "Note them as missed",
    text: "Nothing runs more than a minute late; one click fills them in afterwards.",
  },
  latest: { label: "Run the newest", text: "One run, for the newest time that was missed." },
  all: { label: "Run every one", text: "Each missed time runs, in order." },
};
