import { Alert, Button, Menu, Tabs, Title } from "@mantine/core";
import {
  IconCalendarPlus,
  IconChevronDown,
  IconDots,
  IconHistory,
  IconPlayerStop,
  IconRefresh,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useRouter } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import type { RunDetail } from "../../../shared/api/runs.ts";
import { trpc } from "../../api/client.ts";
import { ActionItems } from "../../commands/CommandMenu.tsx";
import { actionsOn } from "../../commands/command.ts";
import { openDialog } from "../../commands/dialogs.ts";
import { againAsItWas, againAsScheduleIs, runCommands } from "../../commands/ofRun.ts";
import { useSubject } from "../../commands/subject.ts";
import { useTools } from "../../commands/tools.ts";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { JsonView } from "../../components/values/JsonView.tsx";
import { LogView } from "../../components/values/LogView.tsx";
import { rowOfHash } from "../../components/values/logLines.ts";
import { isolated } from "../../format/isolated.ts";
import { clockTime, shortDate } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { LateResults } from "./LateResults.tsx";
import classes from "./Run.module.css";
import { RunError } from "./RunError.tsx";
import { RunFacts } from "./RunFacts.tsx";
import { RunTimeline } from "./RunTimeline.tsx";
import { useRunLog } from "./useRunLog.ts";
import { RunBadge } from "./Waiting.tsx";

const activeStatuses = ["buffered", "pending", "running", "interrupted"];

/** One run: what happened, when, what it printed and returned, and what can be done about it. */
export function RunPage({ runId }: { runId: string }) {
  const tools = useTools();
  const format = useTimeFormat();
  const query = useQuery(trpc.runs.get.queryOptions({ runId }));
  const run = query.data as RunDetail | undefined;
  const { data: schedule } = useQuery({
    ...trpc.schedules.get.queryOptions({ scheduleId: run?.scheduleId ?? "" }),
    enabled: run?.scheduleId != null,
  });
  const live = run !== undefined && activeStatuses.includes(run.status);
  const [busy, setBusy] = useState(false);
  useSubject(useMemo(() => (run === undefined ? null : { kind: "run" as const, run }), [run]));

  if (query.error !== null && run === undefined) {
    return <ErrorState page error={query.error} title="This run could not be read" onRetry={query.refetch} />;
  }
  if (run === undefined) return <LoadingRows />;

  const retry = async (asScheduleIs: boolean) => {
    setBusy(true);
    await tools.runAgain(runId, asScheduleIs);
    setBusy(false);
  };
  const name = run.scheduleName ?? run.workflowName;
  const about = run.scheduledTime ?? run.createdAt;
  const at = Date.parse(about);
  const title = `${isolated(name)}, ${shortDate(at, Date.now(), format)} ${clockTime(at - (at % 1000), format)}`;

  return (
    <div className={classes.page}>
      <PageHeader
        title={title}
        crumb={
          run.scheduleId === null ? (
            <Link to="/runs" className="quietLink">
              Runs
            </Link>
          ) : (
            <Link to="/schedules/$id" params={{ id: run.scheduleId }} className="quietLink">
              {run.scheduleName ?? run.scheduleId}
            </Link>
          )
        }
        aside={
          <span role="status">
            <RunBadge run={run} />
          </span>
        }
        actions={
          <>
            {live && run.status !== "interrupted" && (
              <Button
                variant="default"
                leftSection={<IconPlayerStop size={14} />}
                onClick={() => openDialog({ kind: "cancel", run })}
              >
                Cancel
              </Button>
            )}
            {!live && (
              <Button.Group>
                <Button
                  variant={run.scheduleId === null ? "default" : "filled"}
                  leftSection={<IconRefresh size={14} />}
                  onClick={() => retry(run.scheduleChanged)}
                  loading={busy}
                >
                  {run.scheduleChanged ? againAsScheduleIs : "Run again"}
                </Button>
                {run.scheduleChanged && (
                  <Menu position="bottom-end">
                    <Menu.Target>
                      <Button px={6} className={classes.otherWay} aria-label="Other ways to run again" disabled={busy}>
                        <IconChevronDown size={14} aria-hidden="true" />
                      </Button>
                    </Menu.Target>
                    <Menu.Dropdown>
                      <Menu.Item leftSection={<IconHistory size={14} />} onClick={() => retry(false)}>
                        {againAsItWas}
                      </Menu.Item>
                    </Menu.Dropdown>
                  </Menu>
                )}
              </Button.Group>
            )}
            {run.scheduleId === null && (
              <Button
                leftSection={<IconCalendarPlus size={14} />}
                renderRoot={(props) => <Link to="/schedules/new" search={{ run: runId }} {...props} />}
              >
                Schedule this
              </Button>
            )}
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default" px={8} aria-label="More actions">
                  <IconDots size={16} aria-hidden="true" />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <ActionItems
                  actions={actionsOn(runCommands, run, tools).filter(
                    ({ id }) => !["open", "again", "againAsScheduleIs", "againAsItWas", "cancel"].includes(id),
                  )}
                />
              </Menu.Dropdown>
            </Menu>
          </>
        }
      />
      <div className={classes.body}>
        {run.error !== null && <RunError error={run.error} />}
        {run.warning !== null && (
          <Alert color="yellow" title="Completed with a warning">
            {run.warning}
          </Alert>
        )}
        {run.skipReason !== null && (
          <Alert color="gray" title="Skipped by the run itself">
            {run.skipReason}
          </Alert>
        )}
        <LateResults run={run} live={live} />
        <RunFacts run={run} zone={schedule?.spec.timezone ?? (schedule === undefined ? undefined : "UTC")} />
        <section aria-label="Timeline">
          <Title order={2} className={classes.heading}>
            Timeline
          </Title>
          <RunTimeline run={run} />
        </section>
        <Tabs defaultValue="log" keepMounted={false}>
          <Tabs.List>
            <Tabs.Tab value="log">Log</Tabs.Tab>
            <Tabs.Tab value="input">Input</Tabs.Tab>
            <Tabs.Tab value="result">Result</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="log" pt={8}>
            <RunLog run={run} live={live} />
          </Tabs.Panel>
          <Tabs.Panel value="input" pt={8}>
            <JsonView value={run.input ?? {}} label="Input" />
          </Tabs.Panel>
          <Tabs.Panel value="result" pt={8}>
            {run.status === "completed" ? (
              <JsonView value={run.result} label="Result" />
            ) : (
              <p className="dim">
                {live ? "There is a result once the run has completed." : "This run has no result."}
              </p>
            )}
          </Tabs.Panel>
        </Tabs>
      </div>
    </div>
  );
}

/** On its own: a log that floods draws nothing else of the page again. */
function RunLog({ run, live }: { run: RunDetail; live: boolean }) {
  const log = useRunLog(run.runId, live);
  const router = useRouter();
  const linked = useLocation({ select: ({ hash }) => rowOfHash(hash) });
  const link = useCallback(
    (row: number) => router.navigate({ to: ".", hash: `L${row + 1}`, replace: true, resetScroll: false }),
    [router],
  );
  return (
    <>
      {log.error !== null && (
        <Alert color="red" mb={8} role="alert">
          The log could not be read.{" "}
          <Button size="compact-xs" variant="default" onClick={log.reread}>
            Try again
          </Button>
        </Alert>
      )}
      <LogView
        lines={log.lines}
        droppedBytes={log.droppedBytes}
        live={live}
        linked={linked}
        onLink={link}
        fileName={`${run.scheduleId ?? run.workflowName}-${run.runId}`}
      />
    </>
  );
}
