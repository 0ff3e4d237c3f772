import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { CalendarItem } from "../timeline/rangeItems.ts";

/** A link to the run, to the backfill of what did not run, or to the schedule of what is to come. */
export function ItemLink(props: {
  item: CalendarItem;
  className: string | undefined;
  tabIndex?: number;
  tip?: string;
  children: ReactNode;
}) {
  const { item, children } = props;
  const shared = {
    className: props.className,
    tabIndex: props.tabIndex,
    "data-tip": props.tip,
    "data-outcome": item.outcome,
  };
  if (item.runId !== null) {
    return (
      <Link to="/runs/$id" params={{ id: item.runId }} {...shared}>
        {children}
      </Link>
    );
  }
  if (item.scheduleId === null) return <span {...shared}>{children}</span>;
  if (item.hole !== undefined) {
    return (
      <Link to="/schedules/$id/backfill" params={{ id: item.scheduleId }} search={item.hole} {...shared}>
        {children}
      </Link>
    );
  }
  return (
    <Link to="/schedules/$id" params={{ id: item.scheduleId }} {...shared}>
      {children}
    </Link>
  );
}
