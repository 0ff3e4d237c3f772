import { useRouter } from "@tanstack/react-router";
import { type KeyboardEvent, type MouseEvent, type ReactNode, useState } from "react";
import type { OutcomeMark } from "../../shared/api/schedules.ts";
import { count } from "../format/numbers.ts";
import { exactTime } from "../format/time.ts";
import { useTimeFormat } from "../format/useTimeFormat.ts";
import classes from "./Outcome.module.css";
import { type Outcome, outcomeColor, outcomeNames } from "./outcomes.ts";

const step = 6;
const width = 4;
const height = 18;

function bar(outcome: Outcome): ReactNode {
  const fill = outcomeColor(outcome);
  switch (outcome) {
    case "completed":
      return <rect x="1" y="3" width={width} height="14" rx="1" fill={fill} />;
    case "failed":
      // Broken in the middle: told apart without colour.
      return <path d="M1 3h4v5.2l-4 2zM1 12.4l4-2V17H1z" fill={fill} />;
    case "running":
      return <rect className={classes.pulse} x="1" y="8" width={width} height="9" rx="1" fill={fill} />;
    case "missed":
      return (
        <rect x="1.25" y="3.25" width="3.5" height="13.5" fill="url(#hatch-missed)" stroke={fill} strokeWidth="0.5" />
      );
    case "interrupted":
      return <path d="M1 3h4v3H1zM1 8.5h4v3H1zM1 14h4v3H1z" fill={fill} />;
    case "cancelled":
      return <rect x="1" y="11" width={width} height="6" rx="1" fill={fill} />;
    case "skipped":
      return <rect x="1.5" y="11.5" width="3" height="5" rx="0.5" fill="none" stroke={fill} />;
    case "waiting":
    case "planned":
      return (
        <rect x="1.5" y="3.5" width="3" height="13" rx="0.5" fill="none" stroke={fill} strokeDasharray="1.5 1.5" />
      );
  }
}

/** "28 completed, 2 failed", most first. */
export function outcomeSummary(marks: readonly OutcomeMark[]): string {
  const totals = new Map<Outcome, number>();
  for (const mark of marks) totals.set(mark.outcome, (totals.get(mark.outcome) ?? 0) + Math.max(1, mark.count));
  return [...totals]
    .sort((a, b) => b[1] - a[1])
    .map(([outcome, total]) => `${count(total)} ${outcomeNames[outcome].toLowerCase()}`)
    .join(", ");
}

/** The last outcomes as small bars, oldest first, each a link to its run. One tab stop; arrow keys move inside. */
export function OutcomeStrip(props: {
  marks: readonly OutcomeMark[];
  /** The schedule's zone, for the exact times. */
  zone?: string;
  /** How many places the strip has; newest at the right end. Default 30. */
  places?: number;
  /** Whether Tab stops here; false inside rows that are focused as a whole. */
  focusable?: boolean;
}) {
  const places = props.places ?? 30;
  const marks = props.marks.slice(-places);
  const router = useRouter();
  const format = useTimeFormat();
  const [active, setActive] = useState(marks.length - 1);
  if (marks.length === 0) return <span className="dim">–</span>;
  const offset = places - marks.length;

  const open = (event: MouseEvent, runId: string) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    router.navigate({ to: "/runs/$id", params: { id: runId } });
  };
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
      width={places * step}
      height={height}
      role="group"
      aria-label={`Last ${marks.length}: ${outcomeSummary(marks)}`}
      onKeyDown={move}
    >
      {marks.map((mark, index) => {
        const label = `${outcomeNames[mark.outcome]}${mark.count > 1 ? ` × ${count(mark.count)}` : ""}${mark.backfilled ? ", backfilled" : ""}`;
        const content = (
          <>
            <rect className="hit" width={step} height={height} fill="transparent" rx="1" />
            {bar(mark.outcome)}
            {mark.backfilled && <path d="M1 0h4v2.2H1z" fill="var(--text)" />}
          </>
        );
        const shared = {
          transform: `translate(${(offset + index) * step} 0)`,
          "data-mark": index,
          "data-tip": `${label}\n${exactTime(Date.parse(mark.at), { ...format, zone: props.zone ?? format.zone })}`,
          tabIndex: props.focusable !== false && index === active ? 0 : -1,
          className: classes.mark,
          "aria-label": label,
        };
        const key = `${mark.at} ${index}`;
        return mark.runId === null ? (
          // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: arrow keys stop at marks without a run too
          <g key={key} role="img" {...shared}>
            {content}
          </g>
        ) : (
          <a key={key} href={`/runs/${mark.runId}`} onClick={(event) => open(event, mark.runId ?? "")} {...shared}>
            {content}
          </a>
        );
      })}
    </svg>
  );
}
