import { Button } from "@mantine/core";
import { IconAlertTriangle, IconServer2 } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { RuntimeChoice } from "../../../shared/api/runtime.ts";
import type { QueueView, WorkersView } from "../../../shared/api/workers.ts";
import { queryClient, trpc } from "../../api/client.ts";
import { EmptyState } from "../../components/page/EmptyState.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { Fact, Facts } from "../../components/page/Facts.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { notifyError } from "../../components/page/notify.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { count, plural } from "../../format/numbers.ts";
import { exactTime } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./Workers.module.css";
import { WorkerTable } from "./WorkerTable.tsx";

/** The programs that take runs over Redis: what each has and runs, what waits for one, and what does not fit. */
export function WorkersPage() {
  const choice = useQuery(trpc.runtime.choice.queryOptions());
  const workers = useQuery({ ...trpc.runtime.workers.queryOptions(), refetchInterval: 5000 });
  const error = choice.error ?? workers.error;
  return (
    <>
      <PageHeader title="Workers" sub="Programs that take runs over Redis, on any machine." />
      {choice.data === undefined || workers.data === undefined ? (
        error === null ? (
          <LoadingRows />
        ) : (
          <ErrorState
            error={error}
            title="The workers could not be read"
            onRetry={() => {
              choice.refetch();
              workers.refetch();
            }}
          />
        )
      ) : choice.data.runtime === "local" ? (
        <div className={classes.body}>
          <Notes notes={workers.data.notes} />
          <EmptyState
            title="Runs execute on this machine"
            icon={<IconServer2 size={28} stroke={1.5} />}
            action={
              <Button component={Link} to="/settings" hash="runtime">
                Choose a runtime
              </Button>
            }
          >
            Where one machine is not enough, runs go over Redis to workers on others. No schedule changes, and this
            machine still decides when.
          </EmptyState>
        </div>
      ) : (
        <Workers choice={choice.data} view={workers.data} />
      )}
    </>
  );
}

function Workers({ choice, view }: { choice: RuntimeChoice; view: WorkersView }) {
  const { workers, queues, notes } = view;
  const here = workers.filter(({ state }) => state !== "gone");
  const room = here.filter(({ refused }) => refused === null).reduce((sum, { concurrency }) => sum + concurrency, 0);
  const busy = here.reduce((sum, { running }) => sum + running.length, 0);
  const waiting = queues.reduce((sum, each) => sum + each.waiting, 0);
  const allNotes = choice.problem === null ? notes : [choice.problem, ...notes];
  return (
    <div className={classes.body}>
      <Facts>
        <Fact label="Workers">{count(here.length)}</Fact>
        <Fact label="Running">
          {count(busy)} of {count(room)}
        </Fact>
        <Fact label="Waiting in queues">{count(waiting)}</Fact>
        <Fact label="Redis">
          <code className={`mono ${classes.address}`}>{choice.redis ?? "–"}</code>
        </Fact>
      </Facts>
      <Notes notes={allNotes} />
      {workers.length === 0 ? (
        <EmptyState title="No worker is there" icon={<IconServer2 size={28} stroke={1.5} />}>
          <p>Start one on this machine or any other that reaches the same Redis:</p>
          <code className={`mono ${classes.command}`}>
            ALMANAC_REDIS_URL=redis://… almanac worker run --module ./workflows
          </code>
        </EmptyState>
      ) : (
        <WorkerTable workers={workers} />
      )}
      {queues.length > 0 && <Queues queues={queues} />}
    </div>
  );
}

function Notes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <ul className={classes.notes} aria-label="What to look at">
      {notes.map((note) => (
        <li key={note}>
          <IconAlertTriangle size={16} aria-hidden="true" />
          <span>{note}</span>
        </li>
      ))}
    </ul>
  );
}

/** A queue that somebody has paused in Redis, and the way out. */
function Paused({ queue, workflowName, paused }: QueueView) {
  const format = useTimeFormat();
  const resume = useMutation(
    trpc.runtime.resume.mutationOptions({
      onError: (caught) => notifyError(caught),
      onSettled: () => queryClient.invalidateQueries(trpc.runtime.workers.queryFilter()),
    }),
  );
  if (paused === null) return null;
  const since = paused.since === null ? null : Date.parse(paused.since);
  return (
    <span className={classes.paused}>
      <span
        className={classes.state}
        data-state="refused"
        data-tip={
          since === null
            ? "Paused in Redis, by other means than Almanac's"
            : `Paused in Redis, by other means than Almanac's, since ${exactTime(since, format)}`
        }
      >
        Paused
      </span>
      <Button
        size="compact-xs"
        variant="default"
        loading={resume.isPending}
        aria-label={`Resume queue ${queue} of ${workflowName}`}
        onClick={() => resume.mutate({ queue, workflowName })}
      >
        Resume queue
      </Button>
    </span>
  );
}

function Queues({ queues }: { queues: readonly QueueView[] }) {
  const isAnyPaused = queues.some(({ paused }) => paused !== null);
  return (
    <section aria-labelledby="queues-title">
      <h2 id="queues-title" className={classes.heading}>
        Queues
      </h2>
      <div className={classes.tableBox}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">Workflow</th>
              <th scope="col">Queue</th>
              <th scope="col" className={classes.number}>
                Waiting
              </th>
              <th scope="col" className={classes.number}>
                Running
              </th>
              {isAnyPaused && <th scope="col">State</th>}
            </tr>
          </thead>
          <tbody>
            {queues.map((each) => {
              const { queue, workflowName, waiting, active } = each;
              return (
                <tr key={`${queue}/${workflowName}`}>
                  <td>
                    <span className="ellipsis" data-tip={workflowName}>
                      {workflowName}
                    </span>
                  </td>
                  <td>{queue}</td>
                  <td className={classes.number} aria-label={plural(waiting, "run waits", "runs wait")}>
                    {count(waiting)}
                  </td>
                  <td className={classes.number}>{count(active)}</td>
                  {isAnyPaused && (
                    <td>
                      <Paused {...each} />
                    </td>
                  )}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
