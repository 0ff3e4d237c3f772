import { Alert, Button, Group } from "@mantine/core";
import { IconCode, IconPlayerPause, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { client, trpc } from "../../api/client.ts";
import { OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { ConfirmDialog } from "../../components/page/ConfirmDialog.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import { count, plural } from "../../format/numbers.ts";
import { useScheduleActions } from "../schedules/actions.ts";
import { actorText, changeValue } from "./activityText.ts";
import { EnvironmentNotice } from "./EnvironmentNotice.tsx";
import classes from "./Schedule.module.css";

/** What one must know before anything else about a schedule: paused, deleted, holes, changed in code. */
export function StateNotice({ row }: { row: ScheduleRow }) {
  const zone = row.spec.timezone ?? "UTC";
  const { holes, declaration } = row;
  return (
    <>
      {row.status === "deleted" && <DeletedNotice row={row} />}
      <FailingNotice row={row} />
      {row.status === "paused" && row.pausedBy !== "failures" && (
        <Alert color="gray" icon={<IconPlayerPause size={16} />}>
          Paused{row.pausedBy !== null && ` by ${actorText(row.pausedBy)}`}{" "}
          {row.pausedAt !== null && <TimeText at={row.pausedAt} zone={zone} />}
          {row.pausedUntil !== null && (
            <>
              , until <TimeText at={row.pausedUntil} zone={zone} />
            </>
          )}
          . Times that pass now are not caught up.
          {row.note !== null && <p className={classes.note}>{row.note}</p>}
        </Alert>
      )}
      {row.status !== "paused" && row.note !== null && <p className={classes.note}>{row.note}</p>}
      {holes !== null && holes.count > 0 && row.status !== "deleted" && (
        <div className={classes.holes}>
          <OutcomeIcon outcome="missed" />
          <span>
            {plural(holes.count, "run")} {holes.count === 1 ? "was" : "were"} missed and nothing has filled{" "}
            {holes.count === 1 ? "it" : "them"} yet.
          </span>
          <Button
            size="compact-xs"
            renderRoot={(props) => (
              <Link
                to="/schedules/$id/backfill"
                params={{ id: row.scheduleId }}
                search={{ from: holes.from, to: holes.to }}
                {...props}
              />
            )}
          >
            Fill {plural(holes.count, "missed run")}
          </Button>
        </div>
      )}
      <EnvironmentNotice row={row} />
      {declaration?.pending != null && (
        <Alert color="gray" icon={<IconCode size={16} />}>
          Code declares this schedule differently ({declaration.module}); your edits win until you change them back.
          <ul className={classes.changes}>
            {Object.entries(declaration.pending).map(([field, value]) => (
              <li key={field}>
                <span>{field}</span> <span aria-hidden="true">→</span> <ins>{changeValue(value)}</ins>
              </li>
            ))}
          </ul>
        </Alert>
      )}
    </>
  );
}

/** That runs fail, why the last one did, and the way to it. */
function FailingNotice({ row }: { row: ScheduleRow }) {
  const actions = useScheduleActions();
  const zone = row.spec.timezone ?? "UTC";
  const stopped = row.status === "paused" && row.pausedBy === "failures";
  const runId = row.outcomes.findLast((mark) => mark.outcome === "failed")?.runId ?? null;
  const shown = row.consecutiveFailures > 0 && (row.status === "active" || stopped);
  const { data: run } = useQuery({
    ...trpc.runs.get.queryOptions({ runId: runId ?? "" }),
    enabled: shown && runId !== null,
  });
  if (!shown) return null;
  const times = row.consecutiveFailures;
  const failed = times === 1 ? "The last run failed" : `The last ${count(times)} runs failed`;
  return (
    <div className={classes.failing}>
      <OutcomeIcon outcome="failed" />
      <span className={classes.failingText}>
        {stopped ? (
          <>
            Paused after {plural(times, "failed run")}
            {times > 1 && " in a row"}
            {row.pausedAt !== null && (
              <>
                , <TimeText at={row.pausedAt} zone={zone} />
              </>
            )}
            . Times that pass now are not caught up.
          </>
        ) : (
          failed
        )}
        {run?.error != null && (
          <>
            {stopped ? " Last error: " : ": "}
            <span className={classes.failingError}>{run.error.message}</span>
          </>
        )}
      </span>
      {runId !== null && (
        <Button
          size="compact-xs"
          variant="default"
          renderRoot={(props) => <Link to="/runs/$id" params={{ id: runId }} {...props} />}
        >
          Show the run
        </Button>
      )}
      {stopped && (
        <Button size="compact-xs" variant="default" onClick={() => actions.resume(row)}>
          Resume
        </Button>
      )}
    </div>
  );
}

function DeletedNotice({ row }: { row: ScheduleRow }) {
  const navigate = useNavigate();
  const actions = useScheduleActions();
  const [purging, setPurging] = useState(false);
  return (
    <Alert color="gray" icon={<IconTrash size={16} />}>
      <Group gap="sm">
        <span>This schedule is deleted. Its runs and history are kept.</span>
        <Button size="compact-xs" variant="default" onClick={() => actions.restore(row)}>
          Restore
        </Button>
        <Button size="compact-xs" variant="subtle" color="red" onClick={() => setPurging(true)}>
          Remove for good…
        </Button>
      </Group>
      <ConfirmDialog
        opened={purging}
        onClose={() => setPurging(false)}
        title={`Remove ${row.name} for good?`}
        confirmLabel="Remove for good"
        destructive
        onConfirm={async () => {
          await client.schedules.purge.mutate({ scheduleId: row.scheduleId });
          navigate({ to: "/" });
        }}
      >
        Its {count(row.totalRuns)} runs, their logs and its history go with it. This cannot be undone; the id{" "}
        <code className="mono">{row.scheduleId}</code> is free again.
      </ConfirmDialog>
    </Alert>
  );
}
