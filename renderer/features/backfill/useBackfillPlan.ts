import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import type { BackfillOrder, BackfillPlanItem, ReprocessMode } from "../../../shared/domain/backfill.ts";
import { trpc } from "../../api/client.ts";

export interface PlanChoice {
  scheduleId: string;
  from: string;
  to: string;
  reprocess: ReprocessMode;
  order: BackfillOrder;
  /** Instants that were unticked. */
  excluded: readonly string[];
}

const pageSize = 200;
/** A taller list than this cannot be scrolled by a browser. */
export const mostRows = 500_000;

/** The plan's counts for what is chosen; while another choice is being planned, those of the one before. */
export function usePlan(choice: PlanChoice | null) {
  return useQuery({
    ...trpc.backfills.plan.queryOptions({ ...(choice ?? nothing), excluded: [...(choice?.excluded ?? [])], limit: 0 }),
    enabled: choice !== null,
    placeholderData: keepPreviousData,
    // A plan is looked at before it is started: it is made anew each time.
    staleTime: 0,
    retry: false,
  });
}
const nothing = { scheduleId: "-", from: "1970-01-01T00:00:00Z", to: "1970-01-01T00:00:00Z" };

/** The plan's instants that are in view, read page by page. */
export function usePlanItems(choice: PlanChoice, firstShown: number, lastShown: number) {
  const pages: number[] = [];
  for (let page = Math.floor(firstShown / pageSize); page <= Math.floor(lastShown / pageSize); page++) pages.push(page);
  const results = useQueries({
    queries: pages.map((page) =>
      trpc.backfills.planItems.queryOptions(
        { ...choice, excluded: [...choice.excluded], offset: page * pageSize, limit: pageSize },
        { placeholderData: keepPreviousData, retry: false, staleTime: 0 },
      ),
    ),
  });
  const itemAt = (index: number): BackfillPlanItem | undefined => {
    const result = results[pages.indexOf(Math.floor(index / pageSize))];
    return result?.data?.[index % pageSize];
  };
  return itemAt;
}
