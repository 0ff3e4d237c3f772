import type { Run } from "../../../shared/domain/run.ts";
import { type WaitingFor, waitingText } from "../../../shared/domain/waiting.ts";
import { OutcomeBadge } from "../../components/outcomes/OutcomeIcon.tsx";
import { outcomeOf } from "../../components/outcomes/outcomes.ts";
import { clockTime } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";

/** Whether it waits for something that is free at some time, and not for a run before it or a time of its own. */
const isQueued = (waiting: WaitingFor | null): boolean =>
  waiting?.kind === "room" || waiting?.kind === "pool" || waiting?.kind === "runtime";

/** A run's outcome; one that only waits for room is queued. `short` fits a column. */
export function RunBadge(props: { run: Pick<Run, "status" | "warning" | "trigger" | "waitingFor">; short?: boolean }) {
  const { run } = props;
  const outcome = outcomeOf(run.status, run.warning);
  const word = isQueued(run.waitingFor) ? "Queued" : props.short && outcome === "warning" ? "Warning" : undefined;
  return (
    <OutcomeBadge outcome={outcome} backfilled={run.trigger === "backfill"}>
      {word}
    </OutcomeBadge>
  );
}

/** What a run waits for, in a sentence. */
export function Waiting({ waiting }: { waiting: WaitingFor }) {
  const format = useTimeFormat();
  const text = waitingText(waiting, (iso) => clockTime(Date.parse(iso), format));
  return (
    <span className="dim" data-tip={text}>
      {text}
    </span>
  );
}
