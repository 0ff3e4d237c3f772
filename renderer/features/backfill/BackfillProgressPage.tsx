import { Button, SegmentedControl } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconRefresh, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Backfill } from "../../../shared/domain/backfill.ts";
import { client, trpc } from "../../api/client.ts";
import { NumberField } from "../../components/form/NumberField.tsx";
import { OutcomeBadge, OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { ConfirmDialog } from "../../components/page/ConfirmDialog.tsx";
import { EmptyState } from "../../components/page/EmptyState.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { notifyError } from "../../components/page/notify.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import { isolated } from "../../format/isolated.ts";
import { count, plural } from "../../format/numbers.ts";
import { durationText } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { RunTable } from "../runs/RunTable.tsx";
import classes from "./Backfill.module.css";
import {
  askAbove,
  backfillOutcome,
  existingText,
  isOpen,
  paceText,
  rangeText,
  rateText,
  statusText,
} from "./backfillWords.ts";
import { CancelDialog } from "./CancelDialog.tsx";
import { ProgressBar } from "./ProgressBar.tsx";

/** One backfill while it runs and after: how far it is, what can be done about it, and its runs. */
export function BackfillProgressPage({ backfillId }: { backfillId: string }) {
  const { data, error, refetch } = useQuery(trpc.backfills.get.queryOptions({ backfillId }));
  if (data === undefined) {
    return (
      <>
        <PageHeader title="Backfill" crumb={<BackToList />} />
        {error === null ? (
          <LoadingRows />
        ) : (
          <ErrorState error={error} title="The backfill could not be read" onRetry={refetch} />
        )}
      </>
    );
  }
  return <Progress backfill={data as Backfill} />;
}

const BackToList = () => (
  <Link className="quietLink" to="/backfills">
    Backfills
  </Link>
);

function Progress({ backfill }: { backfill: Backfill }) {
  const { backfillId, scheduleId, status, total, completed, failed, cancelled, notStarted, running } = backfill;
  const zone = backfill.timezone;
  const format = { ...useTimeFormat(), zone };
  const [cancelling, setCancelling] = useState(false);
  const [asking, setAsking] = useState(false);
  const open = isOpen(status);
  const act = (action: Promise<unknown>) => {
    action.catch(notifyError);
  };
  const again = failed + cancelled;
  const left = existingText(backfill);
  const rate = status === "running" ? rateText(backfill.rate) : null;
  const runAgain = () => client.backfills.rerun.mutate({ backfillId });
  const againLabel = againWords(backfill);

  return (
    <div className={classes.fill}>
      <PageHeader
        title={`Backfill · ${isolated(backfill.scheduleName)}`}
        aside={<OutcomeBadge outcome={backfillOutcome(backfill)}>{statusText(backfill)}</OutcomeBadge>}
        crumb={
          <>
            <BackToList /> ·{" "}
            <Link className="quietLink" to="/schedules/$id" params={{ id: scheduleId }}>
              {backfill.scheduleName}
            </Link>
          </>
        }
        sub={`${rangeText(backfill, format)} · ${zone}`}
        actions={
          <>
            {(status === "running" || status === "planning") && (
              <Button
                variant="default"
                leftSection={<IconPlayerPause size={14} aria-hidden="true" />}
                onClick={() => act(client.backfills.pause.mutate({ backfillId }))}
              >
                Pause
              </Button>
            )}
            {status === "paused" && (
              <Button
                leftSection={<IconPlayerPlay size={14} aria-hidden="true" />}
                onClick={() => act(client.backfills.resume.mutate({ backfillId }))}
              >
                Resume
              </Button>
            )}
            {open && status !== "cancelling" && (
              <Button
                variant="default"
                leftSection={<IconX size={14} aria-hidden="true" />}
                onClick={() => setCancelling(true)}
              >
                Cancel…
              </Button>
            )}
            {!open && again > 0 && (
              <Button
                // What a person has called off is not what they want next.
                variant={status === "cancelled" ? "default" : "filled"}
                leftSection={<IconRefresh size={14} aria-hidden="true" />}
                onClick={() => (again > askAbove ? setAsking(true) : act(runAgain()))}
              >
                {againLabel}
              </Button>
            )}
          </>
        }
      />
      <section className={classes.progress} aria-label="Progress">
        <ProgressBar backfill={backfill} />
        <div className={classes.figures}>
          <span className={classes.big} data-testid="backfill-done">
            {count(completed + failed)} of {count(total)}
          </span>
          {completed > 0 && <Figure outcome="completed">{count(completed)} completed</Figure>}
          {failed > 0 && <Figure outcome="failed">{count(failed)} failed</Figure>}
          {cancelled > notStarted && <Figure outcome="cancelled">{count(cancelled - notStarted)} cancelled</Figure>}
          {notStarted > 0 && <span className="dim">{count(notStarted)} never started</span>}
          {running > 0 && <Figure outcome="running">{count(running)} running or queued</Figure>}
          {status === "planning" && <span className="dim">writing its runs…</span>}
          {rate !== null && <span className="dim">{rate}</span>}
          {status === "running" && backfill.timeLeftMs !== null && (
            <span className="dim">{durationText(backfill.timeLeftMs)} left</span>
          )}
          {status === "paused" && running > 0 && <span className="dim">what has begun runs to its end</span>}
        </div>
        <div className={classes.controls}>
          {open && status !== "cancelling" && <Concurrency backfill={backfill} />}
          <Facts backfill={backfill} left={left} />
        </div>
      </section>
      <Runs backfill={backfill} left={left} />
      <CancelDialog backfill={backfill} opened={cancelling} onClose={() => setCancelling(false)} />
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`${againLabel}?`}
        confirmLabel={againLabel}
        onConfirm={runAgain}
      >
        They go {paceText(backfill.concurrency)}, beside what is due, and can be paused or cancelled at any moment.
      </ConfirmDialog>
    </div>
  );
}

/** "Run the 9 failed again", "Run the 4,311 that never started": what running it again does. */
function againWords({ failed, cancelled, notStarted }: Backfill): string {
  const begun = cancelled - notStarted;
  if (notStarted > 0) {
    const kinds = [...(failed > 0 ? ["failed"] : []), ...(begun > 0 ? ["were cancelled"] : []), "never started"];
    return `Run the ${count(failed + cancelled)} that ${kinds.join(" or ")}`;
  }
  const kinds = failed > 0 && begun > 0 ? "failed and cancelled" : failed > 0 ? "failed" : "cancelled";
  return `Run the ${count(failed + begun)} ${kinds} again`;
}

const shownRuns = [
  { value: "all", label: "All" },
  { value: "active", label: "Running" },
  { value: "completed", label: "Completed" },
  { value: "failed", label: "Failed" },
  { value: "cancelled", label: "Cancelled" },
  { value: "buffered", label: "Waiting" },
] as const;
type ShownRuns = (typeof shownRuns)[number]["value"];
const noneWords: Record<ShownRuns, string> = {
  all: "It has no runs",
  active: "None runs now",
  completed: "None has completed yet",
  failed: "None failed",
  cancelled: "None was cancelled",
  buffered: "None waits",
};

function inputOf(shown: ShownRuns) {
  if (shown === "all") return {};
  return shown === "active" ? { active: true } : { status: shown };
}

/** Its runs, in the order in which they start: no other choice is made than that of the person. */
function Runs({ backfill, left }: { backfill: Backfill; left: string }) {
  const { backfillId, scheduleId, status, total, notStarted, timezone, order } = backfill;
  const [shown, setShown] = useState<ShownRuns>("all");
  const empty =
    total > 0 || status === "planning" ? (
      <EmptyState title={status === "planning" ? "Its runs are being written" : noneWords[shown]} />
    ) : (
      <EmptyState
        title="It had nothing to run"
        action={
          <Button component={Link} to={`/schedules/${scheduleId}/backfill`} variant="default">
            Choose another range
          </Button>
        }
      >
        {left === "" ? undefined : `${left}.`}
      </EmptyState>
    );
  return (
    <section className={classes.runs} aria-label="Its runs">
      <div className={classes.runsHead}>
        <h2 style={{ margin: 0, fontSize: 14 }}>Runs</h2>
        {notStarted > 0 && shown === "all" && (
          <span className="dim">
            without {count(notStarted)} that never started:{" "}
            <button type="button" className={classes.fold} onClick={() => setShown("cancelled")}>
              show them
            </button>
          </span>
        )}
        <SegmentedControl
          aria-label="Which runs"
          value={shown}
          onChange={(value) => setShown(value as ShownRuns)}
          data={[...shownRuns]}
        />
      </div>
      <RunTable
        key={shown}
        input={{ backfillId, order, ...inputOf(shown) }}
        withoutSchedule
        zone={timezone}
        empty={<div style={{ flex: 1 }}>{empty}</div>}
      />
    </section>
  );
}

function Figure({
  outcome,
  children,
}: {
  outcome: Parameters<typeof OutcomeIcon>[0]["outcome"];
  children: React.ReactNode;
}) {
  return (
    <span className={classes.figure}>
      <OutcomeIcon outcome={outcome} />
      <span>{children}</span>
    </span>
  );
}

/** Takes effect as it is typed; slots are filled, or given up, one by one. */
function Concurrency({ backfill: { backfillId, concurrency } }: { backfill: Backfill }) {
  return (
    <NumberField
      label="At a time"
      value={concurrency}
      onChange={(next) =>
        next !== null && client.backfills.set.mutate({ backfillId, concurrency: next }).catch(notifyError)
      }
      min={1}
      max={1000}
      w={100}
    />
  );
}

const reprocessWords = { none: "only what did not run", failed: "failed ones too", all: "everything" } as const;
const overlapWords: Record<string, string> = {
  allow_all: "run beside it",
  skip: "left out",
};

function Facts({ backfill, left }: { backfill: Backfill; left: string }) {
  const facts: [string, React.ReactNode][] = [
    ["Run again", reprocessWords[backfill.reprocess]],
    ["Order", `${backfill.order} first${isOpen(backfill.status) ? "" : `, ${backfill.concurrency} at a time`}`],
    ["While the schedule runs", overlapWords[backfill.overlapPolicy] ?? "wait for it"],
  ];
  if (backfill.maxFailures !== null) facts.push(["Stops after", plural(backfill.maxFailures, "failure")]);
  if (backfill.input !== null) {
    facts.push([
      "Input",
      <span key="input" data-tip={JSON.stringify(backfill.input, null, 2).slice(0, 500)}>
        its own
      </span>,
    ]);
  }
  if (left !== "") facts.push(["Left alone", left]);
  facts.push(["Started", <TimeText key="started" at={backfill.startedAt ?? backfill.createdAt} />]);
  if (backfill.completedAt !== null) facts.push(["Ended", <TimeText key="ended" at={backfill.completedAt} />]);
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
