import { keepPreviousData, useQueries } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { ListedSchedule, ListSchedulesInput, ScheduleListPage } from "../../../../shared/api/schedules.ts";
import { client, queryClient, trpc } from "../../../api/client.ts";
import type { SchedulesSearch } from "../../../app/search.ts";

/** About a screen of rows: a row with its outcomes is some kilobytes. */
const pageSize = 24;

/** How often a list by need looks at the clock. */
const regroupMs = 5000;

/** The list's filters as the API takes them. */
export function listInput(search: SchedulesSearch): ListSchedulesInput {
  return {
    ...(search.q ? { search: search.q } : {}),
    ...(search.status ? { status: search.status } : {}),
    ...(search.workflow ? { workflowName: search.workflow } : {}),
    ...(search.tag ? { tag: search.tag } : {}),
    ...(search.condition ? { condition: search.condition } : {}),
    // What is looked for is found by its name, whatever group it is in.
    sort: search.sort ?? (search.q ? "match" : "need"),
    ...(search.sort === undefined && !search.q && search.folded ? { collapsed: search.folded } : {}),
    ...(search.desc ? { descending: true } : {}),
    ...(search.window ? { ratioWindow: search.window } : {}),
  };
}

const rowsQuery = (input: ListSchedulesInput, page: number) =>
  trpc.schedules.rows.queryOptions({ ...input, limit: pageSize, offset: page * pageSize });

const isRead = (input: ListSchedulesInput, page: number): boolean =>
  queryClient.getQueryData(rowsQuery(input, page).queryKey) !== undefined;

/** Reads the first rows of a list that is about to be shown; what goes wrong is said where it is. */
export const readRowsAhead = (input: ListSchedulesInput): Promise<void> =>
  queryClient.prefetchQuery(rowsQuery(input, 0));

/** The pages that rows `first` to `last` lie on. */
function pagesOf(first: number, last: number): number[] {
  const from = Math.floor(Math.max(0, first) / pageSize);
  const to = Math.max(from, Math.floor(last / pageSize));
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** An order of rows that is kept while a person is about to do something with one of them. */
interface KeptOrder {
  of: string;
  answer: Pick<ScheduleListPage, "total" | "groups">;
  rows: Map<number, ListedSchedule>;
}

/**
 * Rows `first` to `last` of a list of any length: only the pages on screen are read and kept live. `rowAt` gives
 * undefined for a row that is still being read. Nothing is read ahead while `input` follows what is `typing`: the next
 * key would wait for rows that nobody sees. While it is `scrolling`, what was read is not read again: each page that goes by
 * would be drawn twice, and its frames be late. While it is `held`, each row stays where it is, and only says what is new of it.
 */
export function useScheduleRows(
  input: ListSchedulesInput,
  first: number,
  last: number,
  { typing, scrolling, held }: { typing: boolean; scrolling: boolean; held: boolean },
) {
  const shown = pagesOf(first, last);
  // Half a screen before and a screen after are read ahead of the scrolling, and never in the way of what is on screen.
  const ahead = pagesOf(first - pageSize / 2, last + pageSize).filter((page) => !shown.includes(page));
  const query = (page: number, isWanted: boolean) => ({
    ...rowsQuery(input, page),
    enabled: isWanted && !(scrolling && isRead(input, page)),
    placeholderData: keepPreviousData,
    // What is busy or waits too long is so by the clock: no change tells of it.
    refetchInterval: input.sort === "need" ? regroupMs : (false as const),
  });
  const shownResults = useQueries({ queries: shown.map((page) => query(page, true)) });
  const settled = shownResults.every((result) => !result.isFetching);
  const aheadResults = useQueries({ queries: ahead.map((page) => query(page, settled && !typing)) });
  const results = [...shownResults, ...aheadResults];
  const resultOf = new Map([...shown, ...ahead].map((page, index) => [page, results[index]]));
  const now = shownResults.find((result) => result.data !== undefined)?.data;
  // A jump to pages that are not read yet must not make the list forget how long it is.
  const [known, setKnown] = useState(now);
  if (now !== undefined && now !== known) setKnown(now);

  const of = JSON.stringify(input);
  const kept = useRef<KeptOrder | null>(null);
  if (!held || kept.current?.of !== of) {
    const isRead = now !== undefined && shownResults.every((result) => !result.isPlaceholderData);
    kept.current = held && isRead ? { of, answer: now, rows: new Map() } : null;
  }
  const order = kept.current;
  const freshAt = (index: number): ListedSchedule | undefined =>
    resultOf.get(Math.floor(index / pageSize))?.data?.rows[index % pageSize] as ListedSchedule | undefined;
  /** Where a schedule stands now; null where it is on no page that is read. */
  const placeOf = (scheduleId: string): number | null => {
    for (const [page, result] of resultOf) {
      const at = result?.data?.rows.findIndex((row) => row.scheduleId === scheduleId) ?? -1;
      if (at >= 0) return page * pageSize + at;
    }
    return null;
  };
  const answer = order?.answer ?? now ?? known;
  return {
    total: answer?.total,
    groups: answer?.groups,
    placeOf,
    error: results.find((result) => result.error !== null)?.error ?? null,
    refetch: () => {
      for (const result of results) result.refetch();
    },
    rowAt(index: number): ListedSchedule | undefined {
      const held = order?.rows.get(index);
      if (held !== undefined) return freshAt(placeOf(held.scheduleId) ?? -1) ?? held;
      const row = freshAt(index);
      if (row !== undefined) order?.rows.set(index, row);
      return row;
    },
  };
}

/** Ids of everything that matches, for "select all". */
export function allIds({ status, workflowName, tag, condition, search }: ListSchedulesInput): Promise<string[]> {
  return client.schedules.ids.query({ status, workflowName, tag, condition, search });
}
