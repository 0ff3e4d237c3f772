import { Link } from "@tanstack/react-router";
import type { WorkerView } from "../../../shared/api/workers.ts";
import { TimeText } from "../../components/values/TimeText.tsx";
import { plural } from "../../format/numbers.ts";
import classes from "./Workers.module.css";

const stateWords = { online: "Online", late: "Late", gone: "Gone" } as const;
const stateTips = {
  online: "It has been heard of in time.",
  late: "It has not been heard of for longer than it should be.",
  gone: "What it held has been taken from it.",
} as const;
const shown = 3;

/** A row a worker: where it is, what it runs and what it has. */
export function WorkerTable({ workers }: { workers: readonly WorkerView[] }) {
  return (
    <div className={classes.tableBox}>
      <table className={`${classes.table} ${classes.fixed}`}>
        <thead>
          <tr>
            <th scope="col">Host</th>
            <th scope="col">State</th>
            <th scope="col">Running</th>
            <th scope="col" className={classes.has}>
              Workflows
            </th>
            <th scope="col" className={classes.optional}>
              Queues
            </th>
            <th scope="col" className={classes.optional}>
              Version
            </th>
            <th scope="col">Last seen</th>
          </tr>
        </thead>
        <tbody>
          {workers.map((worker) => (
            <tr key={worker.workerId} data-state={worker.state}>
              <td>
                <span
                  className={`ellipsis ${classes.host}`}
                  data-tip={`${worker.host}\nprocess ${worker.pid}\n${worker.workerId}`}
                >
                  {worker.host} <span className="dim">{worker.pid}</span>
                </span>
              </td>
              <td>
                <State worker={worker} />
              </td>
              <td>
                <Running worker={worker} />
              </td>
              <td className={classes.has}>
                <Workflows worker={worker} />
              </td>
              <td className={classes.optional}>
                <span className="ellipsis" data-tip={worker.queues.join(", ")}>
                  {worker.queues.join(", ")}
                </span>
              </td>
              <td className={classes.optional}>{worker.version}</td>
              <td>
                <TimeText at={worker.lastSeenAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function State({ worker: { state, refused } }: { worker: WorkerView }) {
  const isRefused = refused !== null && state !== "gone";
  return (
    <span
      className={classes.state}
      data-state={isRefused ? "refused" : state}
      data-tip={isRefused ? `It is given no runs: it ${refused}` : stateTips[state]}
    >
      {isRefused ? "Takes none" : stateWords[state]}
    </span>
  );
}

function Running({ worker: { running, concurrency } }: { worker: WorkerView }) {
  return (
    <span className={classes.running}>
      {running.length} of {concurrency}
      {running.slice(0, shown).map(({ runId, workflowName }) => (
        <Link key={runId} to="/runs/$id" params={{ id: runId }} className="link ellipsis" data-tip={workflowName}>
          {workflowName}
        </Link>
      ))}
      {running.length > shown && (
        <span
          className="dim"
          data-tip={running
            .slice(shown, shown + 20)
            .map(({ workflowName }) => workflowName)
            .join("\n")}
        >
          +{running.length - shown} more
        </span>
      )}
    </span>
  );
}

function Workflows({ worker }: { worker: WorkerView }) {
  const files = worker.workflows.filter(({ version }) => version !== null);
  const builtIns = worker.workflows.length - files.length;
  const listed = [...files.filter(({ differs }) => differs), ...files.filter(({ differs }) => !differs)];
  return (
    <span className={classes.workflows}>
      {listed.slice(0, shown).map((each) => (
        <span
          key={each.name}
          className={`ellipsis ${each.differs ? classes.differs : ""}`}
          data-tip={each.differs ? `${each.name}\nAnother version than here` : each.name}
        >
          {each.name}
          {each.differs && " (other version)"}
        </span>
      ))}
      {listed.length > shown && (
        <span
          className="dim"
          data-tip={listed
            .slice(shown, shown + 30)
            .map(({ name }) => name)
            .join("\n")}
        >
          +{listed.length - shown} more
        </span>
      )}
      {builtIns > 0 && <span className="dim">{plural(builtIns, "built-in one")}</span>}
    </span>
  );
}
