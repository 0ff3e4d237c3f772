import { ActionIcon, Button, Select } from "@mantine/core";
import { IconDownload, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { runsCsv } from "../../../shared/api/csv.ts";
import type { ListRunsInput, RunRow } from "../../../shared/api/runs.ts";
import { runStatuses, runTriggers } from "../../../shared/domain/run.ts";
import { client, trpc } from "../../api/client.ts";
import type { RunsSearch } from "../../app/search.ts";
import { DateField } from "../../components/form/DateFields.tsx";
import { outcomeNames, outcomeOf } from "../../components/outcomes/outcomes.ts";
import { EmptyState } from "../../components/page/EmptyState.tsx";
import { notifyDone, notifyError } from "../../components/page/notify.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { saveAs } from "../../components/values/saveAs.ts";
import { plural } from "../../format/numbers.ts";
import { rangeText } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./Run.module.css";
import { triggerWords } from "./RunFacts.tsx";
import { RunTable } from "./RunTable.tsx";
import { dateOf, exactRange, rangeInput } from "./runsRange.ts";

const route = getRouteApi("/runs");

function runsInput(search: RunsSearch): ListRunsInput {
  return {
    ...(search.schedule ? { scheduleId: search.schedule } : {}),
    ...(search.workflow ? { workflowName: search.workflow } : {}),
    ...(search.backfill ? { backfillId: search.backfill } : {}),
    ...(search.status ? { status: search.status } : {}),
    ...(search.trigger ? { trigger: search.trigger } : {}),
    ...rangeInput(search),
  };
}

/** A spreadsheet takes no more. */
const mostRuns = 100_000;

/** All that fits the filters, page by page. */
async function allRuns(input: ListRunsInput): Promise<{ runs: RunRow[]; more: boolean }> {
  const runs: RunRow[] = [];
  let cursor: string | null = null;
  do {
    const page = await client.runs.list.query({ ...input, limit: 1000, ...(cursor === null ? {} : { cursor }) });
    runs.push(...(page.rows as RunRow[]));
    cursor = page.nextCursor;
  } while (cursor !== null && runs.length < mostRuns);
  return { runs, more: cursor !== null };
}

/** Every run of every schedule, newest first. */
export function RunsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const format = useTimeFormat();
  const { data: summary } = useQuery(trpc.schedules.summary.queryOptions());
  const filtered = Object.values(search).some((value) => value !== undefined);
  const set = (part: Partial<RunsSearch>) => navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  const [saving, setSaving] = useState(false);
  const saveCsv = async () => {
    setSaving(true);
    try {
      const { runs, more } = await allRuns(runsInput(search));
      saveAs(runsCsv(runs), "runs.csv", "text/csv");
      notifyDone(
        more
          ? `The newest ${plural(runs.length, "run")} saved; older ones are left out`
          : `${plural(runs.length, "run")} saved`,
      );
    } catch (error) {
      notifyError(error);
    } finally {
      setSaving(false);
    }
  };
  const exact = exactRange(search);
  const [firstDay, lastDay] = [dateOf(search.from), dateOf(search.to)];
  const exactText = exact !== null && rangeText(Date.parse(exact.from), Date.parse(exact.to), format);
  const showAll = () => navigate({ search: {}, replace: true });
  return (
    <div className={classes.list}>
      <PageHeader
        title="Runs"
        sub={`Times in ${format.zone}`}
        actions={
          <Button variant="default" leftSection={<IconDownload size={14} />} onClick={saveCsv} loading={saving}>
            CSV
          </Button>
        }
      />
      <div className={classes.filters}>
        <Select
          aria-label="Status"
          placeholder="Any status"
          data={runStatuses.map((status) => ({
            value: status,
            label: status === "buffered" ? "Waiting for its turn" : outcomeNames[outcomeOf(status)],
          }))}
          value={search.status ?? null}
          onChange={(status) => set({ status: (status ?? undefined) as RunsSearch["status"] })}
          clearable
          w={160}
        />
        <Select
          aria-label="Why it ran"
          placeholder="Any start"
          data={runTriggers.map((trigger) => ({ value: trigger, label: triggerWords[trigger] }))}
          value={search.trigger ?? null}
          onChange={(trigger) => set({ trigger: (trigger ?? undefined) as RunsSearch["trigger"] })}
          clearable
          w={190}
        />
        <SchedulePicker value={search.schedule} onChange={(schedule) => set({ schedule })} />
        <Select
          aria-label="Workflow"
          placeholder="Any workflow"
          data={summary?.workflows ?? []}
          value={search.workflow ?? null}
          onChange={(workflow) => set({ workflow: workflow ?? undefined })}
          clearable
          searchable
          w={160}
        />
        {exact !== null ? (
          <span className={classes.exact} role="status">
            due {exactText}
            <ActionIcon
              size={24}
              aria-label="Runs of any time"
              data-tip="Runs of any time"
              onClick={() => set({ from: undefined, to: undefined })}
            >
              <IconX size={13} aria-hidden="true" />
            </ActionIcon>
          </span>
        ) : (
          <>
            <DateField
              aria-label="From"
              placeholder="From"
              value={dateOf(search.from)}
              onChange={(from) => set({ from: from ?? undefined })}
              {...(lastDay === null ? {} : { maxDate: lastDay })}
              clearable
              w={124}
            />
            <DateField
              aria-label="To"
              placeholder="To"
              value={dateOf(search.to)}
              onChange={(to) => set({ to: to ?? undefined })}
              {...(firstDay === null ? {} : { minDate: firstDay })}
              clearable
              w={124}
            />
          </>
        )}
        {filtered && (
          <Button variant="subtle" onClick={showAll}>
            All runs
          </Button>
        )}
      </div>
      <div className={classes.listed}>
        <RunTable
          key={JSON.stringify(search)}
          input={runsInput(search)}
          empty={
            filtered ? (
              <EmptyState title="No run fits" action={<Button onClick={showAll}>Show all runs</Button>}>
                Take a filter off to see more.
              </EmptyState>
            ) : (
              <EmptyState
                title="Nothing has run yet"
                action={<Button renderRoot={(props) => <Link to="/" {...props} />}>Go to Schedules</Button>}
              >
                Runs appear here as schedules fire, or when you press “Run now”.
              </EmptyState>
            )
          }
        />
      </div>
    </div>
  );
}

/** Finds a schedule by name, among any number of them. */
function SchedulePicker(props: { value: string | undefined; onChange: (scheduleId: string | undefined) => void }) {
  const [text, setText] = useState("");
  const { data } = useQuery({
    ...trpc.schedules.rows.queryOptions({ ...(text ? { search: text } : {}), limit: 20 }),
    placeholderData: (before) => before,
  });
  const { data: chosen } = useQuery({
    ...trpc.schedules.get.queryOptions({ scheduleId: props.value ?? "" }),
    enabled: props.value !== undefined,
  });
  const rows = new Map((data?.rows ?? []).map((row) => [row.scheduleId, row.name]));
  if (props.value !== undefined) rows.set(props.value, chosen?.name ?? props.value);
  return (
    <Select
      aria-label="Schedule"
      placeholder="Any schedule"
      data={[...rows].map(([value, label]) => ({ value, label }))}
      value={props.value ?? null}
      onChange={(scheduleId) => props.onChange(scheduleId ?? undefined)}
      onSearchChange={(next) => setText(rows.get(props.value ?? "") === next ? "" : next)}
      filter={({ options }) => options}
      nothingFoundMessage="No such schedule"
      searchable
      clearable
      w={190}
    />
  );
}
