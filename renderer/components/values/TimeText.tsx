import { useCallback } from "react";
import { useTicking } from "../../format/ticker.ts";
import { exactInZones, shortTime, zoneNote } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";

interface TimeTextProps {
  /** Epoch ms or ISO; null prints `fallback`. */
  at: number | string | null;
  /** The schedule's zone, shown beside the reader's in the exact time. */
  zone?: string | undefined;
  fallback?: string;
  /** What is said beside a time of day where the schedule goes by another clock than the reader: whose this is, or both. */
  clock?: "named" | "both" | undefined;
  /** Also of what is over: see `shortTime`. */
  seconds?: boolean | undefined;
  /** Whether Tab stops here to show the exact time; false inside rows that are focused as a whole. */
  focusable?: boolean;
}

/** A short time ("in 4 min", "tomorrow 09:00") that keeps itself current; exact in both zones on hover or focus. */
export function TimeText({ at, zone, fallback = "–", clock, seconds, focusable = true }: TimeTextProps) {
  const format = useTimeFormat();
  const instant = typeof at === "string" ? Date.parse(at) : at;
  const text = useTicking(
    useCallback(
      (now: number) => (instant === null ? "" : shortTime(instant, now, format, seconds)),
      [instant, format, seconds],
    ),
  );
  const note = useTicking(
    useCallback(
      (now: number) =>
        instant === null || Number.isNaN(instant) || zone === undefined || clock === undefined
          ? ""
          : (zoneNote(instant, now, zone, format, clock === "both") ?? ""),
      [instant, zone, clock, format],
    ),
  );
  if (instant === null || Number.isNaN(instant)) return <span className="dim">{fallback}</span>;
  return (
    <time
      dateTime={new Date(instant).toISOString()}
      data-tip={exactInZones(instant, zone, format)}
      tabIndex={focusable ? 0 : undefined}
    >
      {note === "" ? text : <span>{text}</span>}
      {note !== "" && <span className="dim">{clock === "both" ? ` (${note})` : ` ${note}`}</span>}
    </time>
  );
}
