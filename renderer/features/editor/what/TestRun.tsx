import { Button, Group } from "@mantine/core";
import { IconCalendarPlus, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { trpc } from "../../../api/client.ts";
import { errorMessage, fieldErrors } from "../../../api/errors.ts";
import { OutcomeBadge } from "../../../components/outcomes/OutcomeIcon.tsx";
import { outcomeOf } from "../../../components/outcomes/outcomes.ts";
import { notifyError } from "../../../components/page/notify.tsx";
import { JsonView } from "../../../components/values/JsonView.tsx";
import { LogView } from "../../../components/values/LogView.tsx";
import { useTicking } from "../../../format/ticker.ts";
import { durationText } from "../../../format/time.ts";
import { useRunLog } from "../../runs/useRunLog.ts";
import { useEditorContext } from "../state/editorContext.ts";
import classes from "./WhatSection.module.css";

/** Runs the workflow once with the input as it stands, and shows what comes of it while it comes. */
export function TestRun(props: {
  run: { data: { runId: string } | undefined; error: unknown; isPending: boolean };
  onRun: () => void;
  onSchedule: () => void;
  canSchedule: boolean;
}) {
  const { run } = props;
  const runId = run.data?.runId;
  return (
    <div className={classes.test}>
      <Group gap="sm">
        <Button
          variant="default"
          leftSection={<IconPlayerPlay size={14} aria-hidden="true" />}
          loading={run.isPending}
          onClick={props.onRun}
        >
          {runId === undefined ? "Run it once to see" : "Run it again"}
        </Button>
        <span className="dim">Runs now with this input; nothing is scheduled by it.</span>
      </Group>
      {run.error !== null && (
        <p className={classes.error} role="alert">
          {Object.keys(fieldErrors(run.error)).length > 0
            ? "It was not run: the input needs a change."
            : errorMessage(run.error)}
        </p>
      )}
      {runId !== undefined && (
        <TestResult key={runId} runId={runId} onSchedule={props.onSchedule} canSchedule={props.canSchedule} />
      )}
    </div>
  );
}

function TestResult(props: { runId: string; onSchedule: () => void; canSchedule: boolean }) {
  const { runId } = props;
  const { announce } = useEditorContext();
  const { data: run, error } = useQuery(trpc.runs.get.queryOptions({ runId }));
  const cancel = useMutation(trpc.runs.cancel.mutationOptions({ onError: (caught) => notifyError(caught) }));
  const live =
    run === undefined || !["completed", "failed", "skipped", "cancelled", "interrupted"].includes(run.status);
  const { lines, droppedBytes } = useRunLog(runId, live);
  const [from] = useState(() => Date.now());
  const ticking = useTicking((now) => Math.max(0, Math.floor((now - from) / 1000)));
  const status = run?.status;
  useEffect(() => {
    if (!live && status !== undefined) announce(`Test run ${status}`);
  }, [live, status, announce]);
  if (error !== null) {
    return (
      <p className={classes.error} role="alert">
        {errorMessage(error)}
      </p>
    );
  }
  const took =
    run?.startedAt && run.completedAt
      ? durationText(Date.parse(run.completedAt) - Date.parse(run.startedAt))
      : live
        ? `${ticking} s`
        : "";
  return (
    <>
      <div className={classes.outcome}>
        <OutcomeBadge outcome={run === undefined ? "waiting" : outcomeOf(run.status, run.warning)} />
        <span className="dim">{took}</span>
        {live && (
          <Button
            variant="default"
            size="compact-xs"
            leftSection={<IconPlayerStop size={13} aria-hidden="true" />}
            loading={cancel.isPending}
            onClick={() => cancel.mutate({ runId })}
          >
            Cancel it
          </Button>
        )}
        {!live && (
          <Button
            size="compact-xs"
            leftSection={<IconCalendarPlus size={13} aria-hidden="true" />}
            onClick={props.onSchedule}
            data-tip={props.canSchedule ? undefined : "Shows what is still to be chosen"}
          >
            Schedule this
          </Button>
        )}
        <Link to="/runs/$id" params={{ id: runId }} className="link">
          Open the run
        </Link>
      </div>
      {run?.error != null && <p className={classes.error}>{run.error.message}</p>}
      {run?.status === "completed" && run.result !== null && run.result !== undefined && (
        <JsonView value={run.result} label="Result" maxHeight={180} />
      )}
      {lines.length > 0 && (
        <LogView lines={lines} droppedBytes={droppedBytes} live={live} fileName={`test-${runId}`} height={180} />
      )}
    </>
  );
}
