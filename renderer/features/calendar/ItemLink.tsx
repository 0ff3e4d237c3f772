import type { ReactNode } from "react";
import { addressOf, type CalendarItem } from "../timeline/rangeItems.ts";

/** A link to the run, to the backfill of what did not run, or to the schedule of what is to come. */
export function ItemLink(props: {
  item: CalendarItem;
  className: string | undefined;
  tabIndex?: number;
  tip?: string;
  /** It can be carried to another day. */
  carried?: boolean;
  /** It has a menu of its own. */
  asked?: boolean;
  children: ReactNode;
}) {
  const { item, children } = props;
  const shared = {
    className: props.className,
    tabIndex: props.tabIndex,
    "data-tip": props.tip,
    "data-outcome": item.outcome,
    "data-planned": props.carried === true ? item.key : undefined,
    "data-menu": props.asked === true ? item.key : undefined,
    draggable: props.carried === true ? false : undefined,
  };
  const address = addressOf(item);
  if (address === undefined) return <span {...shared}>{children}</span>;
  return (
    <a href={address} {...shared}>
      {children}
    </a>
  );
}
