import type { ReactNode } from "react";
import classes from "./Outcome.module.css";
import { type Outcome, outcomeColor, outcomeNames } from "./outcomes.ts";

const stroke = { fill: "none", strokeWidth: 1.7, strokeLinecap: "round", strokeLinejoin: "round" } as const;

function shape(outcome: Outcome): ReactNode {
  const color = outcomeColor(outcome);
  switch (outcome) {
    case "completed":
      return (
        <>
          <circle cx="8" cy="8" r="6.5" fill={color} />
          <path d="m5 8.3 2.1 2.1L11 6.3" {...stroke} stroke="var(--surface)" />
        </>
      );
    case "warning":
      return (
        <>
          <path d="M8 1.4 15 14H1z" fill={color} stroke={color} strokeWidth="1" strokeLinejoin="round" />
          <path d="M8 5.8v3.8m0 2.2v.1" {...stroke} stroke="var(--surface)" />
        </>
      );
    case "failed":
      return (
        <>
          <rect x="1.75" y="1.75" width="12.5" height="12.5" rx="3" fill={color} />
          <path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" {...stroke} stroke="var(--surface)" />
        </>
      );
    case "running":
      return (
        <>
          <circle cx="8" cy="8" r="5.8" {...stroke} stroke={outcomeColor(outcome, "soft")} strokeWidth={2.2} />
          <path
            className={classes.spin}
            d="M8 2.2a5.8 5.8 0 0 1 5.8 5.8"
            {...stroke}
            stroke={color}
            strokeWidth={2.2}
          />
          <path d="m6.7 5.6 3.6 2.4-3.6 2.4z" fill={color} />
        </>
      );
    case "missed":
      return <rect x="2.5" y="2.5" width="11" height="11" rx="1.5" fill="url(#hatch-missed)" stroke={color} />;
    case "interrupted":
      return (
        <path d="M8 1.8 14.2 8 8 14.2 1.8 8z" fill="none" stroke={color} strokeWidth="1.7" strokeDasharray="5.6 2.8" />
      );
    case "skipped":
      return (
        <>
          <circle cx="8" cy="8" r="5.7" {...stroke} stroke={color} />
          <path d="M5.5 8h5" {...stroke} stroke={color} />
        </>
      );
    case "cancelled":
      return (
        <>
          <circle cx="8" cy="8" r="6.4" fill={color} />
          <path d="M5 8h6" {...stroke} stroke="var(--surface)" />
        </>
      );
    case "waiting":
      return <circle cx="8" cy="8" r="5.7" {...stroke} stroke={color} strokeDasharray="2 2.5" />;
    case "planned":
      return <circle cx="8" cy="8" r="4" {...stroke} stroke={color} />;
  }
}

/** An outcome's own shape and colour. Without `label` it is decoration and needs its word beside it. */
export function OutcomeIcon(props: {
  outcome: Outcome;
  /** Pixels, 14 where left out. */
  size?: number;
  /** Draws the corner mark of backfilled runs. */
  backfilled?: boolean;
  /** Names it where no word stands beside it. */
  label?: string;
}) {
  const size = props.size ?? 14;
  const content = (
    <>
      {shape(props.outcome)}
      {props.backfilled && <path d="M10 16 16 10V16z" fill="var(--text)" stroke="var(--surface)" strokeWidth="0.8" />}
    </>
  );
  if (props.label === undefined) {
    return (
      <svg width={size} height={size} viewBox="0 0 16 16" className={classes.icon} aria-hidden="true">
        {content}
      </svg>
    );
  }
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" className={classes.icon} role="img" aria-label={props.label}>
      {content}
    </svg>
  );
}

/** An outcome's shape and word. */
export function OutcomeBadge(props: { outcome: Outcome; backfilled?: boolean; children?: ReactNode }) {
  return (
    <span className={classes.badge} style={{ color: outcomeColor(props.outcome, "text") }}>
      <OutcomeIcon outcome={props.outcome} backfilled={props.backfilled} />
      {props.children ?? outcomeNames[props.outcome]}
    </span>
  );
}
