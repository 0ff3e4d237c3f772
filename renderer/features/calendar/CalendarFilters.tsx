import { Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { trpc } from "../../api/client.ts";
import { type CalendarSearch, calendarOutcomes } from "../../app/search.ts";
import { outcomeNames } from "../../components/outcomes/outcomes.ts";
import type { CalendarItem } from "../timeline/rangeItems.ts";
import classes from "./Calendar.module.css";

const restMs = 250;

/** Narrows every view of the calendar; kept in the address. */
export function CalendarFilters(props: { search: CalendarSearch; onSearch: (part: Partial<CalendarSearch>) => void }) {
  const { search, onSearch } = props;
  const { data: summary } = useQuery(trpc.schedules.summary.queryOptions());
  const [typed, setTyped] = useState<string | null>(null);
  const toAddress = useDebouncedCallback((text: string) => {
    onSearch({ q: text.trim() === "" ? undefined : text });
    setTyped(null);
  }, restMs);
  return (
    <search className={classes.filters}>
      <TextInput
        aria-label="Search the calendar"
        placeholder="Search"
        leftSection={<IconSearch size={14} aria-hidden="true" />}
        value={typed ?? search.q ?? ""}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          toAddress(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          setTyped("");
          toAddress("");
        }}
      />
      <Select
        aria-label="Workflow"
        placeholder="Workflow"
        data={summary?.workflows ?? []}
        value={search.workflow ?? null}
        onChange={(workflow) => onSearch({ workflow: workflow ?? undefined })}
        clearable
        searchable
      />
      <Select
        aria-label="Tag"
        placeholder="Tag"
        data={summary?.tags ?? []}
        value={search.tag ?? null}
        onChange={(tag) => onSearch({ tag: tag ?? undefined })}
        nothingFoundMessage="No such tag"
        clearable
        searchable
      />
      <Select
        aria-label="Outcome"
        placeholder="Outcome"
        data={calendarOutcomes.map((outcome) => ({ value: outcome, label: outcomeNames[outcome] }))}
        value={search.outcome ?? null}
        onChange={(outcome) => onSearch({ outcome: (outcome ?? undefined) as CalendarSearch["outcome"] })}
        clearable
      />
    </search>
  );
}

export const isFiltered = ({ q, workflow, tag, outcome }: CalendarSearch): boolean =>
  [q, workflow, tag, outcome].some((value) => value !== undefined);

/** Whether an item has the outcome that is asked for. */
export const hasOutcome =
  ({ outcome }: CalendarSearch) =>
  (item: CalendarItem): boolean =>
    outcome === undefined || item.outcome === outcome;
