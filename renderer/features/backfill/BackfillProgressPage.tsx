import { Button, NumberInput, SegmentedControl } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconRefresh, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Backfill } from "../../../shared/domain/backfill.ts";
import { client, trpc } from "../../api/client.ts";
import { OutcomeBadge, OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { ConfirmDialog } from "../../components/page/ConfirmDialog.tsx";
import { EmptyState } from "../../components/page/EmptyState.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { notifyError } from "../../components/page/notify.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
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
  const { backfillId, scheduleId, status, total, completed, failed, cancelled, running } = backfill;
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
  const againLabel = `Run the ${count(again)} ${failed > 0 && cancelled > 0 ? "failed and cancelled" : failed > 0 ? "failed" : "cancelled"} again`;

  return (
    <div className={classes.fill}>
      <PageHeader
        title={`Backfill · ${backfill.scheduleName}`}
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
          {cancelled > 0 && <Figure outcome="cancelled">{count(cancelled)} cancelled</Figure>}
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

/** Its runs: while it goes on first those that run now, and those that wait where none does. */
function Runs({ backfill, left }: { backfill: Backfill; left: string }) {
  const { backfillId, scheduleId, status, total, running, timezone } = backfill;
  const [chosen, setChosen] = useState<ShownRuns | null>(null);
  // What runs where anything does, else what is still to come.
  const first = running > 0 ? "active" : "buffered";
  const shown = chosen ?? (isOpen(status) ? first : "all");
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
        <SegmentedControl
          aria-label="Which runs"
          value={shown}
          onChange={(value) => setChosen(value as ShownRuns)}
          data={[...shownRuns]}
        />
      </div>
      <RunTable
        key={shown}
        input={{ backfillId, ...inputOf(shown) }}
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
function Concurrency({ backfill }: { backfill: Backfill }) {
  const { backfillId, concurrency } = backfill;
  // What is typed stands until the field is left: emptied, or no number, it shows again what holds.
  const [typed, setTyped] = useState<string | number | null>(null);
  return (
    <NumberInput
      label="At a time"
      value={typed ?? concurrency}
      onBlur={() => setTyped(null)}
      onChange={(value) => {
        setTyped(value);
        const next = Number(value);
        if (!Number.isInteger(next) || next < 1 || next > 1000 || next === concurrency) return;
        client.backfills.set.mutate({ backfillId, concurrency: next }).catch(notifyError);
      }}
      min={1}
      max={1000}
      clampBehavior="strict"
      allowDecimal={false}
      w={88}
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
