import { Button } from "@mantine/core";
import { IconPlayerPlay, IconPlus, IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { OutcomeMark } from "../../../shared/api/schedules.ts";
import type { WorkflowRow } from "../../../shared/api/workflows.ts";
import { client, trpc } from "../../api/client.ts";
import { OutcomeStrip } from "../../components/outcomes/OutcomeStrip.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { notifyDone, notifyError } from "../../components/page/notify.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { plural } from "../../format/numbers.ts";
import { LoadErrors } from "./LoadErrors.tsx";
import { MemoryLimit } from "./MemoryLimit.tsx";
import { RunWorkflowDialog } from "./RunWorkflowDialog.tsx";
import { WorkflowFolders } from "./WorkflowFolders.tsx";
import classes from "./Workflows.module.css";

const schedulesShown = 4;

/** What can be scheduled: where it comes from, what uses it, how it fared, and what did not load. */
export function WorkflowsPage() {
  const query = useQuery(trpc.workflows.list.queryOptions());
  const [running, setRunning] = useState<WorkflowRow | null>(null);
  const [reloading, setReloading] = useState(false);
  const reload = async () => {
    setReloading(true);
    try {
      const page = await client.workflows.reload.mutate();
      await query.refetch();
      notifyDone(
        `${plural(page.workflows.length, "workflow")} loaded${page.errors.length > 0 ? `, ${plural(page.errors.length, "file")} with errors` : ""}`,
      );
    } catch (error) {
      notifyError(error);
    } finally {
      setReloading(false);
    }
  };
  const page = query.data;
  return (
    <>
      <PageHeader
        title="Workflows"
        sub="What schedules run: built in, or functions of yours from a folder."
        actions={
          <Button variant="default" leftSection={<IconRefresh size={14} />} onClick={reload} loading={reloading}>
            Reload
          </Button>
        }
      />
      {query.error !== null && page === undefined ? (
        <ErrorState error={query.error} title="The workflows could not be read" onRetry={query.refetch} />
      ) : page === undefined ? (
        <LoadingRows />
      ) : (
        <div className={classes.body}>
          {page.errors.length > 0 && <LoadErrors errors={page.errors} />}
          <ul className={classes.list}>
            {(page.workflows as WorkflowRow[]).map((workflow) => (
              <WorkflowItem
                key={workflow.name}
                workflow={workflow}
                alone={isAlone(workflow, page.workflows as WorkflowRow[])}
                onRun={() => setRunning(workflow)}
              />
            ))}
          </ul>
          <WorkflowFolders paths={page.paths} />
        </div>
      )}
      {running !== null && <RunWorkflowDialog workflow={running} onClose={() => setRunning(null)} />}
    </>
  );
}

/** Steps are declared by a file: only in a file with one workflow they are surely that one's. */
function isAlone({ source }: WorkflowRow, all: readonly WorkflowRow[]): boolean {
  if (source.kind === "builtin") return true;
  return all.filter((other) => other.source.kind === "file" && other.source.path === source.path).length === 1;
}

function WorkflowItem({ workflow, alone, onRun }: { workflow: WorkflowRow; alone: boolean; onRun: () => void }) {
  const { source, schedules } = workflow;
  return (
    <li className={classes.item}>
      <div className={classes.about}>
        <h2 className={classes.name}>{workflow.name}</h2>
        {source.kind === "builtin" ? (
          <span className={classes.source}>built in</span>
        ) : (
          <code className={`mono ${classes.source}`}>{source.path}</code>
        )}
        {workflow.description !== "" && <p className={classes.description}>{workflow.description}</p>}
        {workflow.stepNames.length > 0 && (
          <p className={classes.description}>
            {alone ? "Steps" : "Steps in this file"}: {workflow.stepNames.join(", ")}
          </p>
        )}
        {workflow.durable === false && (
          <p className={classes.description}>
            Steps are not kept: a run whose program dies is left interrupted, and begins anew where it is run again.
          </p>
        )}
        <div>
          <MemoryLimit workflow={workflow} />
        </div>
      </div>
      <div className={classes.uses}>
        {workflow.lastRuns.length > 0 && (
          <OutcomeStrip marks={workflow.lastRuns as OutcomeMark[]} places={workflow.lastRuns.length} />
        )}
        <div className={classes.schedules}>
          {schedules.length === 0 ? (
            <span className="dim">no schedule</span>
          ) : (
            <>
              {schedules.slice(0, schedulesShown).map((schedule) => (
                <Link
                  key={schedule.scheduleId}
                  to="/schedules/$id"
                  params={{ id: schedule.scheduleId }}
                  className="link ellipsis"
                >
                  {schedule.name}
                </Link>
              ))}
              {schedules.length > schedulesShown && (
                <Link to="/" search={{ workflow: workflow.name }} className="link">
                  {plural(schedules.length - schedulesShown, "more", "more")}
                </Link>
              )}
            </>
          )}
        </div>
      </div>
      <div className={classes.itemActions}>
        <Button
          variant="default"
          leftSection={<IconPlayerPlay size={14} />}
          onClick={onRun}
          aria-label={`Run ${workflow.name}`}
        >
          Run…
        </Button>
        <Button
          variant="default"
          leftSection={<IconPlus size={14} />}
          renderRoot={(props) => <Link to="/schedules/new" search={{ workflow: workflow.name }} {...props} />}
          aria-label={`Schedule ${workflow.name}`}
        >
          Schedule
        </Button>
      </div>
    </li>
  );
}
