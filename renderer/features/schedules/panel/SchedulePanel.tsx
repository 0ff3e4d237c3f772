import { Button } from "@mantine/core";
import { IconHistoryToggle, IconPencil, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ScheduleRow } from "../../../../shared/api/schedules.ts";
import { trpc } from "../../../api/client.ts";
import { OutcomeStrip } from "../../../components/outcomes/OutcomeStrip.tsx";
import { RatioText } from "../../../components/outcomes/RatioText.tsx";
import { ErrorState } from "../../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../../components/page/LoadingRows.tsx";
import { SidePanel } from "../../../components/page/SidePanel.tsx";
import { TimeText } from "../../../components/values/TimeText.tsx";
import { plural } from "../../../format/numbers.ts";
import { useTimeFormat } from "../../../format/useTimeFormat.ts";
import { RunError } from "../../runs/RunError.tsx";
import { useScheduleActions } from "../actions.ts";
import { Activity, scheduleState } from "../words/ScheduleState.tsx";
import { specWords } from "../words/specWords.ts";
import classes from "./SchedulePanel.module.css";

const nextShown = 3;

/** A schedule at a glance, beside the list: what is wrong with it, what it does next, and what can be done. */
export function SchedulePanel({ scheduleId, onClose }: { scheduleId: string; onClose: () => void }) {
  const query = useQuery(trpc.schedules.get.queryOptions({ scheduleId }));
  const row = query.data as ScheduleRow | undefined;
  return (
    <SidePanel
      label="Schedule at a glance"
      onClose={onClose}
      head={
        row === undefined ? (
          scheduleId
        ) : (
          <Link to="/schedules/$id" params={{ id: scheduleId }} className={`quietLink ${classes.name}`}>
            {row.name}
          </Link>
        )
      }
    >
      {query.error !== null && row === undefined ? (
        <ErrorState error={query.error} title="This schedule could not be read" onRetry={query.refetch} />
      ) : row === undefined ? (
        <LoadingRows rows={4} />
      ) : (
        <Glance row={row} />
      )}
    </SidePanel>
  );
}

function Glance({ row }: { row: ScheduleRow }) {
  const zone = row.spec.timezone ?? "UTC";
  const format = useTimeFormat();
  const { mark, text } = scheduleState(row);
  return (
    <>
      <div className={classes.lines}>
        <p className={classes.line}>
          {mark} <span>{text}</span>
          <Activity row={row} />
        </p>
        <p>{specWords(row.specText, zone, format.zone)}</p>
      </div>
      <Actions row={row} />
      <LastFailure row={row} />
      {row.holes !== null && row.holes.count > 0 && (
        <p className={classes.holes}>
          <span>
            {plural(row.holes.count, "run")} {row.holes.count === 1 ? "was" : "were"} missed.
          </span>
          <Button
            size="compact-xs"
            renderRoot={(props) => (
              <Link
                to="/schedules/$id/backfill"
                params={{ id: row.scheduleId }}
                search={{ from: row.holes?.from, to: row.holes?.to }}
                {...props}
              />
            )}
          >
            Fill {plural(row.holes.count, "missed run")}
          </Button>
        </p>
      )}
      <section aria-label="Last runs">
        <h3 className={classes.label}>Last runs</h3>
        {row.outcomes.length === 0 ? (
          <p className="dim">It has not run yet.</p>
        ) : (
          <p className={classes.strip}>
            <OutcomeStrip marks={row.outcomes} zone={zone} places={row.outcomes.length} />
            <RatioText ratio={row.ratio} />
          </p>
        )}
      </section>
      <NextTimes row={row} zone={zone} />
      <dl className={classes.facts}>
        <dt>Workflow</dt>
        <dd className="ellipsis">{row.workflowName}</dd>
        {row.tags.length > 0 && (
          <>
            <dt>Tags</dt>
            <dd>{row.tags.join(", ")}</dd>
          </>
        )}
        {row.ownNote !== null && (
          <>
            <dt>Note</dt>
            <dd className={classes.note}>{row.ownNote}</dd>
          </>
        )}
      </dl>
    </>
  );
}

function Actions({ row }: { row: ScheduleRow }) {
  const actions = useScheduleActions();
  const params = { id: row.scheduleId };
  const runNow = (
    <Button
      key="run"
      variant={row.status === "paused" ? "default" : "filled"}
      leftSection={<IconPlayerPlay size={14} />}
      onClick={() => actions.runNow(row)}
      disabled={row.status === "deleted"}
    >
      Run now
    </Button>
  );
  const goOn = (
    <Button key="resume" leftSection={<IconPlayerPlay size={14} />} onClick={() => actions.resume(row)}>
      Resume
    </Button>
  );
  const pause = (
    <Button
      key="pause"
      variant="default"
      leftSection={<IconPlayerPause size={14} />}
      onClick={() => actions.pause(row)}
      disabled={row.status !== "active"}
    >
      Pause
    </Button>
  );
  return (
    <div className={classes.actions}>
      {row.status === "paused" ? [goOn, runNow] : [runNow, pause]}
      <Button
        variant="default"
        leftSection={<IconHistoryToggle size={14} />}
        renderRoot={(props) => <Link to="/schedules/$id/backfill" params={params} {...props} />}
      >
        Backfill
      </Button>
      <Button
        variant="default"
        leftSection={<IconPencil size={14} />}
        renderRoot={(props) => <Link to="/schedules/$id/edit" params={params} {...props} />}
      >
        Edit
      </Button>
    </div>
  );
}

/** The last error in full, while nothing has succeeded since. */
function LastFailure({ row }: { row: ScheduleRow }) {
  const zone = row.spec.timezone ?? "UTC";
  const ended = row.outcomes.filter(({ outcome }) => ["completed", "warning", "failed"].includes(outcome));
  // As its health is, by its own runs, where it has had any.
  const last = ended.findLast(({ backfilled }) => !backfilled) ?? ended.at(-1);
  const runId = last?.outcome === "failed" ? last.runId : null;
  const shown = runId !== null;
  const { data: run } = useQuery({ ...trpc.runs.get.queryOptions({ runId: runId ?? "" }), enabled: shown });
  if (!shown || run?.error == null) return null;
  return (
    <section aria-label="Last error">
      <h3 className={classes.label}>
        <Link to="/runs/$id" params={{ id: run.runId }} className="link">
          Last failed run
        </Link>{" "}
        <TimeText at={run.completedAt} zone={zone} />
      </h3>
      <RunError error={run.error} />
    </section>
  );
}

function NextTimes({ row, zone }: { row: ScheduleRow; zone: string }) {
  const planned = row.status === "active" || row.status === "paused";
  const { data } = useQuery({
    ...trpc.schedules.upcoming.queryOptions({ scheduleId: row.scheduleId, count: nextShown }),
    enabled: planned,
  });
  if (!planned) return null;
  const times = data?.times ?? [];
  return (
    <section aria-label="Next runs">
      <h3 className={classes.label}>{row.status === "paused" ? "Would run next" : "Next runs"}</h3>
      {times.length === 0 ? (
        <p className="dim">
          {data === undefined
            ? "…"
            : row.spec.on === undefined
              ? "Known when the run that is going has ended."
              : "On event."}
        </p>
      ) : (
        <ol className={classes.next} data-paused={row.status === "paused" || undefined}>
          {times.map((time) => (
            <li key={time}>
              <TimeText at={time} zone={zone} clock="both" />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
