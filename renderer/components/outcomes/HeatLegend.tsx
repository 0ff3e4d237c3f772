import type { HeatDay } from "../../../shared/api/schedules.ts";
import { type DayKind, dayColors, kindWord } from "./heatDays.ts";
import classes from "./YearHeatmap.module.css";

const kinds: Exclude<DayKind, "empty">[] = [
  "completed",
  "failed",
  "missed",
  "skipped",
  "running",
  "cancelled",
  "planned",
];
const nothing: HeatDay = {
  date: "",
  planned: 0,
  completed: 0,
  failed: 0,
  missed: 0,
  skipped: 0,
  cancelled: 0,
  running: 0,
  backfilled: 0,
};

/** The swatches that a heat map uses, and only those. */
export function HeatLegend({ days }: { days: readonly HeatDay[] }) {
  const used = kinds.filter((kind) => days.some((day) => day[kind] > 0));
  const backfilled = days.some((day) => day.backfilled > 0);
  if (used.length === 0) return null;
  return (
    <ul className={classes.legend}>
      {used.map((kind) => {
        const { fill, stroke } = dayColors({ ...nothing, [kind]: 1 }, 1);
        return (
          <li key={kind} className={classes.swatch}>
            <svg width="12" height="12" aria-hidden="true">
              <rect x="0.5" y="0.5" width="11" height="11" rx="2" fill={fill} stroke={stroke} />
              {kind === "failed" && <path d="M4 4l4 4m0-4-4 4" className={classes.cross} />}
            </svg>
            {kindWord(kind)}
          </li>
        );
      })}
      {backfilled && (
        <li className={classes.swatch}>
          <svg width="12" height="12" aria-hidden="true">
            <rect
              x="0.5"
              y="0.5"
              width="11"
              height="11"
              rx="2"
              fill="var(--surface-sunken)"
              stroke="var(--line-strong)"
            />
            <path d="M7 12l5-5v5z" fill="var(--text)" />
          </svg>
          backfilled
        </li>
      )}
    </ul>
  );
}
