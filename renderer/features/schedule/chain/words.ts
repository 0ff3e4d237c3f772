import type { ChainEdge, ChainNode } from "../../../../shared/api/chains.ts";
import type { RunStatus } from "../../../../shared/domain/run.ts";
import type { AfterOutcome } from "../../../../shared/schedule/types.ts";
import { durationText } from "../../../format/time.ts";
import { reasonWords } from "../activityText.ts";

/** How a run has to end for the next to start, as the drawing's lines say it. */
export const outcomeWords: Record<AfterOutcome, string> = {
  completed: "completed",
  failed: "failed",
  ended: "any end",
};

const endWords: Partial<Record<RunStatus, string>> = {
  completed: "completed",
  failed: "failed",
  skipped: "skipped itself",
  cancelled: "was cancelled",
  interrupted: "was interrupted",
};

/** Why a schedule did not run, as it follows "Did not run:"; `nameOf` the one before it. */
export function stopWords(stop: NonNullable<ChainNode["stopped"]>, nameOf: (id: string) => string): string {
  const name = nameOf(stop.by);
  switch (stop.state) {
    case "outcome":
      return `${name} ${endWords[stop.outcome ?? "failed"] ?? "ended another way"}`;
    case "stopped":
      return `${name} did not run`;
    case "skipped":
      return stop.reason === null ? "it was skipped" : reasonWords[stop.reason];
    case "paused":
      return "it is paused";
    case "ended":
      return "it has ended";
    default:
      return "it was paused then, or off its dates";
  }
}

/** A link in a sentence, for those who do not see the line. */
export function edgeSentence({ outcome, delayMs }: ChainEdge, name: string): string {
  const when = { completed: "has completed", failed: "has failed", ended: "has ended" }[outcome];
  return `${delayMs === 0 ? "Runs" : `Runs ${durationText(delayMs)}`} after ${name} ${when}.`;
}

/** Whether something went wrong before it: a link for failures is not taken where all went well. */
export const isTrouble = ({ stopped }: Pick<ChainNode, "stopped">, nodes: ReadonlyMap<string, ChainNode>): boolean => {
  if (stopped === null) return false;
  if (stopped.state === "outcome") return stopped.outcome !== "completed" && stopped.outcome !== "skipped";
  if (stopped.state !== "stopped") return false;
  const before = nodes.get(stopped.by);
  return before !== undefined && isTrouble(before, nodes);
};
