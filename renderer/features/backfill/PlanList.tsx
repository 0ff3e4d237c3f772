import { Checkbox } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { memo, useState } from "react";
import type { BackfillPlanItem } from "../../../shared/domain/backfill.ts";
import type { RunStatus } from "../../../shared/domain/run.ts";
import { OutcomeBadge } from "../../components/outcomes/OutcomeIcon.tsx";
import { type Outcome, outcomeNames, outcomeOf } from "../../components/outcomes/outcomes.ts";
import { count } from "../../format/numbers.ts";
import { useMinute } from "../../format/ticker.ts";
import { clockTime, exactInZones, shortDate } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./Backfill.module.css";
import { dayAndTime } from "./backfillWords.ts";
import { mostRows, type PlanChoice, usePlanItems } from "./useBackfillPlan.ts";

const rowHeight = 30;
/** Rows drawn beyond what is seen, on either side. */
const overscan = 8;
const will = { create: "will run", rerun: "run again", skip: "left alone" } as const;

/** Every occurrence of the range, what exists for it and what will happen; each that would run can be unticked. */
export const PlanList = memo(function PlanList(props: {
  choice: PlanChoice;
  occurrences: number;
  zone: string;
  onExclude: (scheduledTime: string, excluded: boolean) => void;
}) {
  const { choice, zone } = props;
  const { ref, height } = useElementSize();
  const [scrolled, setScrolled] = useState(0);
  const format = { ...useTimeFormat(), zone };
  const own = useTimeFormat();
  const now = useMinute();
  const rows = Math.min(props.occurrences, mostRows);
  // Rows are all of one height, so that half a million of them need no list of their places.
  const lastShown = Math.max(0, Math.min(rows - 1, Math.ceil((scrolled + height) / rowHeight) + overscan));
  const firstShown = Math.min(lastShown, Math.max(0, Math.floor(scrolled / rowHeight) - overscan));
  const shown = Array.from({ length: rows === 0 ? 0 : lastShown - firstShown + 1 }, (_, n) => firstShown + n);
  const itemAt = usePlanItems(choice, firstShown, lastShown);
  const excluded = new Set(choice.excluded);
  const firstSeen = Math.floor(scrolled / rowHeight);
  const weekday = new Intl.DateTimeFormat(format.locale, { weekday: "short", timeZone: format.zone });
  const dayOf = (scheduledTime: string): string => {
    const at = Date.parse(scheduledTime);
    return `${weekday.format(at)} ${shortDate(at, now, format)}`;
  };

  return (
    <section
      ref={ref}
      className={classes.listBox}
      aria-label="Occurrences of the range"
      onScroll={(event) => setScrolled(event.currentTarget.scrollTop)}
    >
      <div className={classes.rows} style={{ height: rows * rowHeight }}>
        {shown.map((index) => {
          const item = itemAt(index);
          const day = item === undefined ? "" : dayOf(item.scheduledTime);
          const before = index === firstSeen ? undefined : itemAt(index - 1);
          // The first of a day names it, and so does the first in sight.
          const isFirst = before === undefined || dayOf(before.scheduledTime) !== day;
          return (
            <div
              key={index}
              className={classes.row}
              data-skip={item?.action === "skip" || undefined}
              data-day={(isFirst && index > 0 && index !== firstSeen) || undefined}
              style={{ transform: `translateY(${index * rowHeight}px)` }}
            >
              {item !== undefined && (
                <PlanRow
                  item={item}
                  unticked={excluded.has(item.scheduledTime)}
                  day={isFirst ? day : ""}
                  name={dayAndTime(Date.parse(item.scheduledTime), format)}
                  time={clockTime(Date.parse(item.scheduledTime), format)}
                  tip={exactInZones(Date.parse(item.scheduledTime), zone, own)}
                  onExclude={props.onExclude}
                />
              )}
            </div>
          );
        })}
      </div>
      {props.occurrences > rows && (
        <p className="dim">The first {count(rows)} are listed; the count above is of all.</p>
      )}
    </section>
  );
});

function PlanRow(props: {
  item: BackfillPlanItem;
  unticked: boolean;
  /** Where it is the first of its day. */
  day: string;
  name: string;
  time: string;
  tip: string;
  onExclude: (scheduledTime: string, excluded: boolean) => void;
}) {
  const { item, unticked } = props;
  const fixed = item.action === "skip" && !unticked;
  return (
    <>
      <span>
        <Checkbox
          size="xs"
          aria-label={`Run ${props.name}`}
          checked={item.action !== "skip"}
          disabled={fixed}
          onChange={(event) => props.onExclude(item.scheduledTime, !event.currentTarget.checked)}
        />
      </span>
      <span className={classes.planDay}>{props.day}</span>
      <span className="ellipsis" data-tip={props.tip}>
        {props.time}
      </span>
      <span>
        <Existing existing={item.existing} />
      </span>
      <span className={classes.will}>{unticked ? "unticked" : will[item.action]}</span>
    </>
  );
}

function Existing({ existing }: { existing: BackfillPlanItem["existing"] }) {
  if (existing === null) return <span className="dim">never ran</span>;
  const outcome: Outcome =
    existing.status === "missed" || existing.status === "skipped"
      ? existing.status
      : outcomeOf(existing.status as RunStatus);
  const badge = <OutcomeBadge outcome={outcome}>{outcomeNames[outcome]}</OutcomeBadge>;
  if (existing.runId === null) return badge;
  return (
    <Link to="/runs/$id" params={{ id: existing.runId }} className="quietLink">
      {badge}
    </Link>
  );
}
