import { memo, type ReactNode, useMemo, useRef } from "react";
import type { TimeFormat } from "../../format/time.ts";
import { LaneMarks } from "./LaneMarks.tsx";
import { layoutLane, type PreparedLane, prepareLane, type Scale, type TimelineItem } from "./layout.ts";
import type { Span } from "./scale.ts";
import classes from "./Timeline.module.css";

/** A row of a timeline. Its items are laid out anew only where the array is another one. */
export interface TimelineLane {
  key: string;
  /** For screen readers; also what stands at its left where `label` is left out. */
  name: string;
  label?: ReactNode;
  items: readonly TimelineItem[];
  /** A stretch between items that has a name: "retried after 5 min". */
  gaps?: readonly (Span & { text: string })[];
  /** Stands at the right end of the row. */
  note?: ReactNode;
  /** Opens under the row. */
  detail?: ReactNode;
}

/** Lanes sorted and measured, each once for as long as its items stay the same. */
export function usePrepared(lanes: readonly TimelineLane[]): ReadonlyMap<string, PreparedLane> {
  const kept = useRef(new WeakMap<readonly TimelineItem[], PreparedLane>());
  return useMemo(() => {
    const found = new Map<string, PreparedLane>();
    for (const { key, items } of lanes) {
      const own = kept.current.get(items) ?? prepareLane(items);
      kept.current.set(items, own);
      found.set(key, own);
    }
    return found;
  }, [lanes]);
}

/** A row: its name, its marks and bands to scale, and a note. */
export const Lane = memo(function Lane(props: {
  lane: TimelineLane;
  prepared: PreparedLane;
  scale: Scale;
  real: Span;
  withDay: boolean;
  now: number;
  format: TimeFormat;
  strip: boolean;
  height: number;
}) {
  const { lane, scale, real, now, format } = props;
  const layout = useMemo(() => layoutLane(props.prepared, real, scale), [props.prepared, real, scale]);
  const hasBoth = layout.bins.length > 0 && layout.marks.length > 0;
  return (
    <div className={classes.lane} style={{ height: props.height }} data-both={hasBoth || undefined}>
      {!props.strip && (
        <div className={classes.label}>{lane.label ?? <span className="ellipsis">{lane.name}</span>}</div>
      )}
      <div className={classes.track} role="group" aria-label={lane.name} data-lane={lane.key}>
        {lane.gaps?.map((gap) => {
          const [x, end] = [scale.place(gap.from), scale.place(gap.to)];
          return (
            <span key={gap.from} className={classes.gap} style={{ left: x, width: end - x }} data-tip={gap.text}>
              {end - x > 90 ? gap.text : ""}
            </span>
          );
        })}
        <LaneMarks
          layout={layout}
          laneKey={lane.key}
          width={scale.place(real.to)}
          withDay={props.withDay}
          now={now}
          format={format}
        />
      </div>
      {lane.note !== undefined && <span className={classes.note}>{lane.note}</span>}
    </div>
  );
});
