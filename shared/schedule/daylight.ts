import { DAY_MS, dateText } from "./civil.ts";
import { compileSpec } from "./compile.ts";
import { formatDuration } from "./duration.ts";
import { occurrencesBetween } from "./occurrences.ts";
import { timeOfDayText } from "./timesOfDay.ts";
import type { ScheduleSpec, SpecContext } from "./types.ts";

/** What one clock change does to a spec. */
export interface DaylightNote {
  /** Local date of the change, `YYYY-MM-DD`. */
  date: string;
  kind: "gap" | "overlap";
  /** The instant of the change, epoch ms. */
  at: number;
  offsetBeforeMs: number;
  offsetAfterMs: number;
  text: string;
  /** Occurrences of the spec that the change moves or repeats, epoch ms. */
  affected: number[];
}

/** What the clock changes from `fromAt` (included) to `toAt` (not) do to a spec. Throws SpecError. */
export function daylightNotes(spec: ScheduleSpec, context: SpecContext, fromAt: number, toAt: number): DaylightNote[] {
  const compiled = compileSpec(spec, context);
  const { zone } = compiled;
  zone.segmentOf(toAt);
  const notes: DaylightNote[] = [];
  for (let segment = zone.segmentOf(fromAt) + 1; segment < zone.segmentAt.length; segment++) {
    const at = zone.segmentAt[segment] as number;
    if (at >= toAt) break;
    const offsetBeforeMs = zone.segmentOffset[segment - 1] as number;
    const offsetAfterMs = zone.segmentOffset[segment] as number;
    const shift = Math.abs(offsetAfterMs - offsetBeforeMs);
    const kind = offsetAfterMs > offsetBeforeMs ? "gap" : "overlap";
    const low = at + Math.min(offsetBeforeMs, offsetAfterMs);
    const day = Math.floor(low / DAY_MS);
    const affected = occurrencesBetween(compiled, kind === "gap" ? at : at - shift, at + shift);
    const clock = (local: number) => timeOfDayText(local - Math.floor(local / DAY_MS) * DAY_MS);
    const window = `${clock(low)}–${clock(low + shift)}`;
    const text =
      kind === "gap"
        ? `The clock skips ${window} (${formatDuration(shift)} forward).`
        : `The clock shows ${window} twice (${formatDuration(shift)} back): ${affected.length === 0 ? "no run then" : `${affected.length} runs`}.`;
    notes.push({ date: dateText(day), kind, at, offsetBeforeMs, offsetAfterMs, text, affected });
  }
  return notes;
}
