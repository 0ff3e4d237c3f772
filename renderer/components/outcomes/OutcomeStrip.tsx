import { type KeyboardEvent, memo, useState } from "react";
import { parseStrip, type StripMark } from "../../../shared/api/outcomeStrip.ts";
import type { OutcomeMark } from "../../../shared/api/schedules.ts";
import { count } from "../../format/numbers.ts";
import { exactInZones } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./Outcome.module.css";
import { type Outcome, outcomeColor, outcomeNames } from "./outcomes.ts";

const step = 6;
const width = 4;
const height = 18;

interface Shape {
  /** Outline of a bar whose place begins at `x`. */
  path: (x: number) => string;
  fill: string;
  stroke?: string;
  dash?: string;
  className?: string;
}

/** Marks what a backfill ran, in the corner as everywhere. */
const corner = (x: number) => `M${x + 5.5} 12.5v5h-5z`;
const box = (from: number, to: number) => (x: number) => `M${x + 1} ${from}h${width}V${to}h-${width}z`;
const outline = (from: number, to: number) => (x: number) => `M${x + 1.5} ${from}h${width - 1}V${to}h-${width - 1}z`;

/** Each outcome has its own height or break, so that colour is not needed to tell them apart. */
const shapes: Record<Outcome, Shape> = {
  completed: { path: box(3, 17), fill: outcomeColor("completed") },
  warning: {
    path: (x) => `M${x + 1} 3h4v9.5h-4zM${x + 1} 14h4v3h-4z`,
    fill: outcomeColor("warning"),
  },
  failed: {
    path: (x) => `M${x + 1} 3h4v5.2l-4 2zM${x + 1} 12.4l4-2V17h-4z`,
    fill: outcomeColor("failed"),
  },
  running: { path: box(8, 17), fill: outcomeColor("running"), className: classes.pulse },
  missed: { path: box(3, 17), fill: "url(#hatch-missed)", stroke: outcomeColor("missed") },
  interrupted: {
    path: (x) => `M${x + 1} 3h4v3h-4zM${x + 1} 8.5h4v3h-4zM${x + 1} 14h4v3h-4z`,
    fill: outcomeColor("interrupted"),
  },
  cancelled: { path: box(11, 17), fill: outcomeColor("cancelled") },
  skipped: { path: outline(11.5, 16.5), fill: "none", stroke: outcomeColor("skipped") },
  waiting: { path: outline(3.5, 16.5), fill: "none", stroke: outcomeColor("waiting"), dash: "1.5 1.5" },
  planned: { path: outline(3.5, 16.5), fill: "none", stroke: outcomeColor("planned"), dash: "1.5 1.5" },
};

function Bars({ outcome, at }: { outcome: Outcome; at: readonly number[] }) {
  const shape = shapes[outcome];
  return (
    <path
      d={at.map(shape.path).join("")}
      fill={shape.fill}
      stroke={shape.stroke}
      strokeWidth={shape.stroke === undefined ? undefined : outcome === "missed" ? 0.5 : 1}
      strokeDasharray={shape.dash}
      className={shape.className}
    />
  );
}

/** The strip as a few shapes. */
function Drawing({ marks, offset }: { marks: readonly StripMark[]; offset: number }) {
  const places = new Map<Outcome, number[]>();
  marks.forEach((mark, index) => {
    const x = (offset + index) * step;
    const at = places.get(mark.outcome);
    if (at === undefined) places.set(mark.outcome, [x]);
    else at.push(x);
  });
  const corners = marks.map((mark, index) => (mark.backfilled ? corner((offset + index) * step) : "")).join("");
  return (
    <>
      {[...places].map(([outcome, at]) => (
        <Bars key={outcome} outcome={outcome} at={at} />
      ))}
      {corners !== "" && <path d={corners} fill="var(--text)" />}
    </>
  );
}

/** "28 completed, 2 failed", most first. */
function outcomeSummary(marks: readonly StripMark[]): string {
  const totals = new Map<Outcome, number>();
  for (const mark of marks) totals.set(mark.outcome, (totals.get(mark.outcome) ?? 0) + Math.max(1, mark.count));
  return [...totals]
    .sort((a, b) => b[1] - a[1])
    .map(([outcome, total]) => `${count(total)} ${outcomeNames[outcome].toLowerCase()}`)
    .join(", ");
}

const defaultPlaces = 30;

/**
 * The last outcomes as small bars, oldest first, without their runs: for lists with hundreds of marks on screen. Where
 * another schedule with the same ones takes its place, nothing is drawn.
 */
export const StripDrawing = memo(function StripDrawing(props: {
  strip: string;
  onPointerEnter: () => void;
  onPointerLeave: () => void;
}) {
  const marks = parseStrip(props.strip).slice(-defaultPlaces);
  if (marks.length === 0) return <span className="dim">–</span>;
  const size = { width: defaultPlaces * step, height };
  return (
    <svg
      className={classes.strip}
      {...size}
      role="img"
      aria-label={stripLabel(marks)}
      onPointerEnter={props.onPointerEnter}
      onPointerLeave={props.onPointerLeave}
    >
      <rect {...size} fill="transparent" />
      <Drawing marks={marks} offset={defaultPlaces - marks.length} />
    </svg>
  );
});

const stripLabel = (marks: readonly StripMark[]): string => `Last ${marks.length}: ${outcomeSummary(marks)}`;

/** The last outcomes as small bars, oldest first, each a link to its run. One tab stop; arrow keys move inside. */
export function OutcomeStrip(props: {
  marks: readonly OutcomeMark[];
  /** The schedule's zone, for the exact times. */
  zone?: string;
  /** How many places the strip has; newest at the right end. Default 30. */
  places?: number;
  /** Whether Tab stops here; false inside rows that are focused as a whole. */
  focusable?: boolean;
  onPointerLeave?: () => void;
}) {
  const places = props.places ?? defaultPlaces;
  const marks = props.marks.slice(-places);
  const focusable = props.focusable !== false;
  const [active, setActive] = useState(marks.length - 1);
  const offset = places - marks.length;
  const size = { width: places * step, height };
  if (marks.length === 0) {
    // The first outcome moves nothing beside it.
    return (
      <span className={`dim ${classes.noMarks}`} data-strip style={{ minWidth: size.width }}>
        –
      </span>
    );
  }
  const move = (event: KeyboardEvent<SVGSVGElement>) => {
    const to = { ArrowLeft: active - 1, ArrowRight: active + 1, Home: 0, End: marks.length - 1 }[event.key];
    if (to === undefined || to < 0 || to >= marks.length) return;
    event.preventDefault();
    event.stopPropagation();
    setActive(to);
    event.currentTarget.querySelector<SVGElement>(`[data-mark="${to}"]`)?.focus();
  };
  return (
    <svg
      className={classes.strip}
      data-strip
      {...size}
      role="group"
      aria-label={stripLabel(marks)}
      onKeyDown={move}
      onPointerLeave={props.onPointerLeave}
    >
      {marks.map((mark, index) => (
        <Mark
          // biome-ignore lint/suspicious/noArrayIndexKey: two marks may share an instant, and a strip is drawn as a whole.
          key={`${mark.at} ${index}`}
          mark={mark}
          index={index}
          x={(offset + index) * step}
          zone={props.zone}
          tabIndex={focusable && index === active ? 0 : -1}
        />
      ))}
    </svg>
  );
}

function Mark(props: { mark: OutcomeMark; index: number; x: number; zone: string | undefined; tabIndex: number }) {
  const { mark } = props;
  const format = useTimeFormat();
  const label = `${outcomeNames[mark.outcome]}${mark.count > 1 ? ` × ${count(mark.count)}` : ""}${mark.backfilled ? ", backfilled" : ""}`;
  const content = (
    <>
      <rect className="hit" width={step} height={height} fill="transparent" rx="1" />
      <Bars outcome={mark.outcome} at={[0]} />
      {mark.backfilled && <path d={corner(0)} fill="var(--text)" />}
    </>
  );
  const shared = {
    transform: `translate(${props.x} 0)`,
    "data-mark": props.index,
    "data-tip": `${label}\n${exactInZones(Date.parse(mark.at), props.zone, format)}`,
    tabIndex: props.tabIndex,
    className: classes.mark,
    "aria-label": label,
  };
  if (mark.runId === null) {
    return (
      // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: arrow keys stop at marks without a run too
      <g role="img" {...shared}>
        {content}
      </g>
    );
  }
  return (
    <a href={`/runs/${mark.runId}`} {...shared}>
      {content}
    </a>
  );
}
