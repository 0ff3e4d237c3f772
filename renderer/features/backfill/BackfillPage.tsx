import { Alert, Button, SegmentedControl, Text } from "@mantine/core";
import { useDebouncedValue, useElementSize } from "@mantine/hooks";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import type { BackfillDay } from "../../../shared/api/backfills.ts";
import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { addDays, startOfLocalDay } from "../../../shared/schedule/index.ts";
import { client, trpc } from "../../api/client.ts";
import { appError, errorMessage, fieldErrors } from "../../api/errors.ts";
import { InstantField } from "../../components/form/InstantField.tsx";
import { ConfirmDialog } from "../../components/page/ConfirmDialog.tsx";
import { EmptyState } from "../../components/page/EmptyState.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { KeyHints } from "../../components/page/KeyHints.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { notifyUndo } from "../../components/page/notify.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { showUnread } from "../../components/page/unread.ts";
import { plural } from "../../format/numbers.ts";
import { useMinute } from "../../format/ticker.ts";
import { localDate } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./Backfill.module.css";
import { type BackfillChoices, BackfillOptions, defaultChoices } from "./BackfillOptions.tsx";
import { askAbove, paceText } from "./backfillWords.ts";
import { addMonths, dayStates, earliest, monthOf, runsOf, stateWords, sumDays } from "./days.ts";
import { MonthCalendar } from "./MonthCalendar.tsx";
import { PlanList } from "./PlanList.tsx";
import { type PlanFigures, PlanSummary } from "./PlanSummary.tsx";
import { Presets } from "./Presets.tsx";
import { type PlanChoice, usePlan } from "./useBackfillPlan.ts";

/** A pointer that stands still for so long rests. */
const restMs = 100;
/** Two months do not show more than this at once. */
const isLong = ({ from, to }: { from: string; to: string }): boolean =>
  Date.parse(to) - Date.parse(from) > 62 * 86_400_000;

/** A schedule's past as a calendar: choose a range, see the plan, start it. */
export function BackfillPage(props: { scheduleId: string; from?: string; to?: string }) {
  const { scheduleId } = props;
  const { data, error, refetch } = useQuery(trpc.schedules.get.queryOptions({ scheduleId }));
  const crumb = (
    <Link className="quietLink" to="/schedules/$id" params={{ id: scheduleId }}>
      {data?.name ?? scheduleId}
    </Link>
  );
  const title = `Backfill · ${data?.name ?? scheduleId}`;
  if (data === undefined) {
    return (
      <>
        <PageHeader title={title} crumb={crumb} />
        {error === null ? (
          <LoadingRows />
        ) : (
          <ErrorState error={error} title="The schedule could not be read" onRetry={refetch} />
        )}
      </>
    );
  }
  if (data.status === "deleted") {
    return (
      <>
        <PageHeader title={title} crumb={crumb} />
        <EmptyState
          title="This schedule is deleted"
          action={
            <Button component={Link} to={`/schedules/${scheduleId}`}>
              Open it
            </Button>
          }
        >
          Restore it before filling in its runs.
        </EmptyState>
      </>
    );
  }
  return (
    <div className={classes.page}>
      <PageHeader title={title} crumb={crumb} sub={data.specText} />
      <BackfillForm schedule={data} from={props.from} to={props.to} />
    </div>
  );
}

const noDefaults = {};

type FilledSchedule = Pick<ScheduleRow, "scheduleId" | "workflowName" | "status" | "createdAt"> & {
  input?: unknown;
  spec: { timezone?: string };
};

function BackfillForm(props: { schedule: FilledSchedule; from?: string; to?: string }) {
  const { schedule } = props;
  const { scheduleId } = schedule;
  const zone = schedule.spec.timezone ?? "UTC";
  const navigate = useNavigate();
  const format = { ...useTimeFormat(), zone };
  const now = useMinute();
  const today = localDate(now, zone);
  const [range, setRange] = useState(() => rangeFrom(props));
  const [span, setSpan] = useState<"months" | "year">(() => (range !== null && isLong(range) ? "year" : "months"));
  const [month, setMonth] = useState(() => {
    const start = range === null ? today : localDate(Date.parse(range.from), zone);
    return earliest(addMonths(monthOf(start), span === "year" ? 11 : 1), monthOf(today));
  });
  const [choices, setChoices] = useState<BackfillChoices>(defaultChoices);
  const [excluded, setExcluded] = useState<readonly string[]>([]);
  const [asking, setAsking] = useState(false);
  const { ref, width } = useElementSize();
  const months = span === "year" ? 12 : width > 0 && width < 500 ? 1 : 2;

  const choose = (from: string, to: string) => {
    setRange({ from, to });
    setExcluded([]);
    start.reset();
  };
  const midnight = (date: string) => new Date(startOfLocalDay(zone, date)).toISOString();
  const chosen =
    range === null
      ? null
      : ([
          localDate(Date.parse(range.from), zone),
          localDate(Math.max(Date.parse(range.from), Date.parse(range.to) - 1), zone),
        ] as const);

  const calendar = useQuery({
    ...trpc.backfills.days.queryOptions({
      scheduleId,
      from: midnight(`${addMonths(month, 1 - months)}-01`),
      to: midnight(`${addMonths(month, 1)}-01`),
    }),
    placeholderData: keepPreviousData,
  });
  const days = useMemo(() => new Map((calendar.data ?? []).map((day) => [day.date, day])), [calendar.data]);

  // While one drags, the days' own counts are shown; the engine is asked once the pointer rests.
  const [asked] = useDebouncedValue(range, restMs, { leading: true });
  const { reprocess, order } = choices;
  const choice = useMemo<PlanChoice | null>(
    () => (asked === null ? null : { scheduleId, ...asked, reprocess, order, excluded }),
    [scheduleId, asked, reprocess, order, excluded],
  );
  const planned = usePlan(choice);
  const plan = planned.isPlaceholderData || asked !== range ? undefined : planned.data;
  const known =
    plan ?? (excluded.length === 0 ? figuresOfDays(days, chosen, range, choices, midnight) : null) ?? undefined;
  // Those of the choice before this one stay until there are others, and are seen to be on their way out.
  const figures = known ?? planned.data ?? null;
  const refused = range === null || asked !== range ? null : planned.error;

  const workflows = useQuery({ ...trpc.workflows.list.queryOptions(), enabled: choices.input !== undefined });
  const workflow = workflows.data?.workflows.find(({ name }) => name === schedule.workflowName);

  const start = useMutation(
    trpc.backfills.create.mutationOptions({
      onSuccess: ({ backfillId, total, status }) => {
        // Until it is over all of it can be taken back: what has begun is cancelled, and the rest never starts.
        if (status !== "completed") {
          notifyUndo(
            `${plural(total, "run")} ${total === 1 ? "is" : "are"} on the way`,
            () => client.backfills.cancel.mutate({ backfillId, running: "cancel" }),
            backfillId,
          );
        }
        return navigate({ to: "/backfills/$id", params: { id: backfillId } });
      },
    }),
  );
  const { reset } = start;
  const changeChoices = useCallback(
    (next: BackfillChoices) => {
      setChoices(next);
      reset();
    },
    [reset],
  );
  const errors = useMemo(() => fieldErrors(start.error), [start.error]);
  const exclude = useCallback(
    (time: string, out: boolean) =>
      setExcluded((before) => (out ? [...before, time] : before.filter((each) => each !== time))),
    [],
  );
  const run = (confirmed: boolean) =>
    choice === null || showUnread()
      ? Promise.resolve()
      : start.mutateAsync({
          ...choice,
          excluded: [...excluded],
          concurrency: choices.concurrency,
          overlapPolicy: choices.overlapPolicy,
          maxFailures: choices.maxFailures,
          ...(choices.input === undefined ? {} : { input: choices.input }),
          ...(confirmed ? { confirmed } : {}),
        });
  const total = (refused === null ? known?.count : null) ?? 0;
  const onlyMissed = plan !== undefined && total > 0 && plan.existing["missed"] === total;
  const label = onlyMissed ? `Fill ${plural(total, "missed run")}` : `Backfill ${plural(total, "run")}`;

  return (
    <>
      <div className={classes.body}>
        <div className={classes.wide}>
          <Presets
            scheduleId={scheduleId}
            chosen={range}
            onChoose={(preset) => {
              choose(preset.from, preset.to);
              setMonth(earliest(monthOf(localDate(Date.parse(preset.to) - 1, zone)), monthOf(today)));
              if (isLong(preset)) setSpan("year");
            }}
          />
        </div>
        <div className={classes.left}>
          <div ref={ref}>
            <MonthCalendar
              days={days}
              month={month}
              months={months}
              onMonth={(to) => setMonth(earliest(to, monthOf(today)))}
              today={today}
              chosen={chosen}
              onChoose={([first, last]) => choose(midnight(first), midnight(addDays(last, 1)))}
            />
            {calendar.isPlaceholderData || calendar.isPending ? (
              <p className={`${classes.legend} dim`}>Counting…</p>
            ) : (
              <Legend days={calendar.data ?? []} />
            )}
            <div className={classes.underCalendar}>
              <KeyHints
                hints={[
                  ["drag", "choose days"],
                  ["shift + arrows", "choose with the keyboard"],
                ]}
              />
              <SegmentedControl
                size="xs"
                aria-label="How much of the past is shown"
                value={span}
                onChange={(value) => {
                  setSpan(value as "months" | "year");
                  // Where the end of what is chosen lies, or what was shown.
                  setMonth(earliest(chosen === null ? month : monthOf(chosen[1]), monthOf(today)));
                }}
                data={[
                  { value: "months", label: "Months" },
                  { value: "year", label: "Year" },
                ]}
              />
            </div>
          </div>
          <section className={classes.options} aria-label="Exact times">
            <div className={classes.optionRow}>
              <InstantField
                label="From"
                value={range?.from ?? null}
                zone={zone}
                onChange={(from) => choose(from, range?.to ?? new Date(now).toISOString())}
              />
              <InstantField
                label="To, not included"
                value={range?.to ?? null}
                zone={zone}
                onChange={(to) => choose(range?.from ?? schedule.createdAt, to)}
              />
            </div>
          </section>
          <BackfillOptions
            value={choices}
            onChange={changeChoices}
            inputSchema={workflow?.inputSchema ?? null}
            defaults={workflow?.defaults ?? noDefaults}
            scheduleInput={schedule.input}
            errors={errors}
          />
        </div>
        <div className={classes.right}>
          <PlanSummary
            range={range}
            figures={figures}
            stale={known === undefined}
            plan={plan}
            error={refused}
            now={now}
            format={format}
          />
          {choice !== null && planned.data !== undefined && refused === null && (
            <PlanList choice={choice} occurrences={planned.data.occurrences} zone={zone} onExclude={exclude} />
          )}
        </div>
      </div>
      <div className={classes.foot}>
        <div className={classes.footText}>
          {start.error !== null && appError(start.error)?.code !== "CONFIRMATION_REQUIRED" ? (
            <Alert color="red" role="alert" py={4}>
              {errorMessage(start.error)}
            </Alert>
          ) : (
            <Text span size="sm">
              {words(schedule, choices, total)}
            </Text>
          )}
        </div>
        <Button variant="default" component={Link} to={`/schedules/${scheduleId}`}>
          Cancel
        </Button>
        <Button
          disabled={plan === undefined || refused !== null || total === 0}
          loading={start.isPending && !asking}
          onClick={() => (total > askAbove ? setAsking(true) : run(false).catch(() => undefined))}
        >
          {range !== null && known === undefined && refused === null
            ? "Counting…"
            : total === 0
              ? "Nothing to run"
              : label}
        </Button>
      </div>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`${label}?`}
        confirmLabel={label}
        onConfirm={() => run(true)}
      >
        That is a lot of runs. They go {paceText(choices.concurrency)}, beside what is due, and can be paused or
        cancelled at any moment.
      </ConfirmDialog>
    </>
  );
}

/** The address may carry a range; half of one, or none that is a time, is no range. */
function rangeFrom({ from, to }: { from?: string; to?: string }): { from: string; to: string } | null {
  const [start, end] = [Date.parse(from ?? ""), Date.parse(to ?? "")];
  if (Number.isNaN(start) || Number.isNaN(end)) return null;
  return { from: new Date(start).toISOString(), to: new Date(end).toISOString() };
}

/** Whole days in view add up to the plan before the engine has answered. */
function figuresOfDays(
  days: ReadonlyMap<string, BackfillDay>,
  chosen: readonly [string, string] | null,
  range: { from: string; to: string } | null,
  choices: BackfillChoices,
  midnight: (date: string) => string,
): PlanFigures | null {
  if (chosen === null || range === null) return null;
  if (range.from !== midnight(chosen[0]) || range.to !== midnight(addDays(chosen[1], 1))) return null;
  const inRange: BackfillDay[] = [];
  for (let date = chosen[0]; date <= chosen[1]; date = addDays(date, 1)) {
    const day = days.get(date);
    if (day === undefined) return null;
    inRange.push(day);
  }
  const sum = sumDays(inRange);
  return { occurrences: sum.occurrences, count: runsOf(sum, choices.reprocess), existing: sum };
}

function words(schedule: FilledSchedule, choices: BackfillChoices, total: number): string {
  if (total === 0) return "";
  const pace = choices.concurrency === 1 ? "one after the other" : `${choices.concurrency} at a time`;
  const paused = schedule.status === "paused" ? " The schedule stays paused." : "";
  return `Runs ${pace}, the ${choices.order} first; live runs come first.${paused}`;
}

/** The bars that the months in view use, and only those. */
function Legend({ days }: { days: readonly BackfillDay[] }) {
  const sum = sumDays(days);
  const used = dayStates.filter((state) => sum[state] > 0);
  if (used.length === 0) return null;
  return (
    <ul className={classes.legend}>
      {used.map((state) => (
        <li key={state}>
          <span className={classes.legendMark} data-state={state} aria-hidden="true" />
          {stateWords[state]}
        </li>
      ))}
    </ul>
  );
}
