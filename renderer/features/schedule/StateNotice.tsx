import { Alert, Button, Group } from "@mantine/core";
import { IconCode, IconPlayerPause, IconTrash, IconUnlink } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { client } from "../../api/client.ts";
import { ConfirmDialog } from "../../components/page/ConfirmDialog.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import { isolated } from "../../format/isolated.ts";
import { count } from "../../format/numbers.ts";
import { useScheduleActions } from "../schedules/actions.ts";
import { changeValue } from "./activityText.ts";
import { actorText } from "./actorText.ts";
import { EnvironmentNotice } from "./EnvironmentNotice.tsx";
import classes from "./Schedule.module.css";

/** What a person or code did to a schedule that one must know of: paused, deleted, changed in code. No run makes one come or go. */
export function StateNotice({ row }: { row: ScheduleRow }) {
  const zone = row.spec.timezone ?? "UTC";
  const { declaration } = row;
  return (
    <>
      {row.status === "deleted" && <DeletedNotice row={row} />}
      {row.status === "paused" && row.pausedBy !== "failures" && (
        <Alert color="gray" icon={<IconPlayerPause size={16} />}>
          Paused{row.pausedBy !== null && ` by ${actorText(row.pausedBy)}`}{" "}
          {row.pausedAt !== null && <TimeText at={row.pausedAt} zone={zone} />}
          {row.pausedUntil !== null && (
            <>
              , until <TimeText at={row.pausedUntil} zone={zone} clock="both" />
            </>
          )}
          . Times that pass now are not caught up.
          {row.note !== null && <p className={classes.note}>{row.note}</p>}
        </Alert>
      )}
      {row.status !== "paused" && row.note !== null && <p className={classes.note}>{row.note}</p>}
      {row.status === "active" && row.follows.some(({ gone }) => gone) && (
        <Alert color="orange" icon={<IconUnlink size={16} />}>
          It comes after{" "}
          {row.follows
            .filter(({ gone }) => gone)
            .map(({ name }) => name)
            .join(", ")}
          , which is deleted: that starts it no more.{" "}
          <Link to="/schedules/$id/edit" params={{ id: row.scheduleId }} className="link">
            Change when it runs
          </Link>
        </Alert>
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
        title={`Remove ${isolated(row.name)} for good?`}
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
