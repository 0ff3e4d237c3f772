import { memo } from "react";
import { count, plural, shortCount } from "../../format/numbers.ts";
import { clockTime, durationText, localDate, shortDate, type TimeFormat } from "../../format/time.ts";
import { outcomeColor, outcomeNames, worstFirst } from "../outcomes/outcomes.ts";
import {
  isPlanned,
  type LaneLayout,
  leastTarget,
  menuKey,
  sharesOf,
  type TimelineBin,
  type TimelineItem,
  type TimelineMark,
} from "./layout.ts";
import classes from "./Timeline.module.css";

const tipLines = 14;
/** What is never overlooked among many that went well. */
const troubles = ["failed", "missed"] as const;
const troubleWidth = 8;
/** Pixels that a step's number needs. */
const leastCounted = 34;

/** `02:00`, with its day where the view is longer than one. */
export function instantText(at: number, withDay: boolean, now: number, format: TimeFormat): string {
  const clock = clockTime(at - (at % 1000), format);
  return withDay ? `${shortDate(at, now, format)} ${clock}` : clock;
}

/** `02:00 Backup: failed, 3 s`. */
export function itemText(item: TimelineItem, withDay: boolean, now: number, format: TimeFormat): string {
  const took = item.to > item.at ? `, ${durationText(item.to - item.at)}` : "";
  const backfilled = item.backfilled ? ", backfilled" : "";
  return `${instantText(item.at, withDay, now, format)} ${item.label}: ${outcomeNames[item.outcome].toLowerCase()}${backfilled}${took}`;
}

function binText(bin: TimelineBin, withDay: boolean, now: number, format: TimeFormat): string {
  const outcomes = worstFirst
    .filter((outcome) => bin.outcomes.has(outcome))
    .map((outcome) => `${count(bin.outcomes.get(outcome) ?? 0)} ${outcomeNames[outcome].toLowerCase()}`);
  const otherDay = localDate(bin.from, format.zone) !== localDate(bin.to, format.zone);
  const range = `${instantText(bin.from, withDay, now, format)}–${instantText(bin.to, withDay && otherDay, now, format)}`;
  return `${range}: ${plural(bin.count, "run")}${outcomes.length === 0 ? "" : `, ${outcomes.join(", ")}`}`;
}

/** What a lane draws: marks that are links, marks of several that open to a list, and the steps of a band. */
export const LaneMarks = memo(function LaneMarks(props: {
  layout: LaneLayout;
  laneKey: string;
  /** Pixels of the view. */
  width: number;
  withDay: boolean;
  now: number;
  format: TimeFormat;
}) {
  const { layout, withDay, now, format } = props;
  // One stop of Tab a lane; arrow keys move on.
  const stop = layout.marks[0]?.key ?? layout.bins[0]?.key;
  return (
    <>
      {layout.bins.map((bin) => (
        <Bin
          key={bin.key}
          bin={bin}
          width={props.width}
          text={binText(bin, withDay, now, format)}
          isStop={bin.key === stop}
        />
      ))}
      {layout.marks.map((mark) => (
        <Mark key={mark.key} mark={mark} isStop={mark.key === stop} {...{ withDay, now, format }} />
      ))}
    </>
  );
});

function Bin({ bin, width, text, isStop }: { bin: TimelineBin; width: number; text: string; isStop: boolean }) {
  // Of a step that begins or ends out of view, its number stands in the part that is seen.
  const [from, to] = [Math.max(0, -bin.x), Math.max(0, bin.x + bin.width - width)];
  const trouble = troubles.find((outcome) => bin.outcomes.has(outcome));
  let foot = 0;
  const stops = sharesOf(bin.outcomes).map(({ outcome, share }) => {
    const from = foot;
    foot += share * 100;
    return `${outcome === "planned" ? "var(--outcome-planned-soft)" : outcomeColor(outcome)} ${from}% ${foot}%`;
  });
  return (
    <button
      type="button"
      className={classes.bin}
      style={
        {
          left: bin.x,
          width: bin.width,
          "--from": `${from}px`,
          "--shares": `linear-gradient(to top, ${stops.join(", ")})`,
        } as React.CSSProperties
      }
      data-bin={`${bin.from} ${bin.to}`}
      data-all={bin.outcomes.size === 1 ? [...bin.outcomes.keys()][0] : undefined}
      data-trouble={trouble}
      data-counted={bin.width > leastCounted || undefined}
      data-tip={`${text}\nClick to zoom in`}
      aria-label={text}
      tabIndex={isStop ? 0 : -1}
    >
      {bin.width - from - to > leastCounted && (
        <span aria-hidden="true" style={{ left: from + (trouble === undefined ? 0 : troubleWidth), right: to }}>
          {shortCount(bin.count)}
        </span>
      )}
    </button>
  );
}

function Mark(props: { mark: TimelineMark; isStop: boolean; withDay: boolean; now: number; format: TimeFormat }) {
  const { mark, withDay, now, format } = props;
  const [only] = mark.items;
  const style = {
    left: mark.x,
    width: Math.max(leastTarget, mark.width),
    "--bar": outcomeColor(mark.outcome),
    "--length": `${mark.width}px`,
  } as React.CSSProperties;
  const shared = { className: classes.mark, style, tabIndex: props.isStop ? 0 : -1, "data-outcome": mark.outcome };
  if (only === undefined) return null;
  if (mark.items.length > 1) {
    const lines = mark.items.slice(0, tipLines).map((item) => itemText(item, withDay, now, format));
    if (mark.items.length > lines.length) lines.push(`and ${count(mark.items.length - lines.length)} more`);
    const troubles = mark.items.filter(({ outcome }) => outcome === mark.outcome).length;
    const from = instantText(only.at, withDay, now, format);
    return (
      <button
        type="button"
        {...shared}
        data-cluster={mark.key}
        data-tip={lines.join("\n")}
        aria-label={`${from}: ${count(mark.items.length)} together, ${count(troubles)} ${outcomeNames[mark.outcome].toLowerCase()}`}
      >
        <span aria-hidden="true">{shortCount(mark.items.length)}</span>
      </button>
    );
  }
  const text = itemText(only, withDay, now, format);
  const said = { "data-tip": text, "aria-label": text, "data-backfilled": only.backfilled || undefined };
  const length = {
    "data-instant": mark.width < 6 || undefined,
    "data-planned": isPlanned(only) ? only.key : undefined,
    "data-menu": menuKey(only),
  };
  if (only.href === undefined) return <span role="img" {...shared} {...said} {...length} />;
  return <a href={only.href} draggable={false} {...shared} {...said} {...length} />;
}
