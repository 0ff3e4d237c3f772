import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { moveTime } from "../../model/entry.ts";
import { useEditorContext } from "../../state/editorContext.ts";
import { Ruler } from "./Ruler.tsx";
import { minutesOf, minutesOfKey, percentOf, timeAt } from "./ruler.ts";
import classes from "./Strip.module.css";

/** What a chip takes of a narrow strip, in per cent of the day. */
const widthOf = (time: string): number => (time.length > 5 ? 15 : 10.5);

/** Where each of some sorted times stands: in the upper row, the lower, or, where both are full, as a mark without words. */
function placesOf(times: readonly string[]): ("upper" | "lower" | "tight")[] {
  const ends = { upper: Number.NEGATIVE_INFINITY, lower: Number.NEGATIVE_INFINITY };
  return times.map((time) => {
    const half = widthOf(time) / 2;
    const from = percentOf(time) - half;
    const row = from >= ends.upper ? "upper" : from >= ends.lower ? "lower" : null;
    if (row === null) return "tight";
    ends[row] = from + 2 * half;
    return row;
  });
}

/**
 * Times of day as chips that are dragged along 24 hours. By keyboard: arrows move by 15 minutes (with Shift by one), Page
 * Up and Down by an hour, Delete removes. A press on the empty strip puts a chip there.
 */
export function TimeStrip(props: {
  times: readonly string[];
  onChange: (times: readonly string[], key?: string) => void;
}) {
  const { times } = props;
  const { announce } = useEditorContext();
  const strip = useRef<HTMLDivElement>(null);
  const [dragged, setDragged] = useState<number | null>(null);
  const gesture = useRef(0);

  const replace = (index: number, time: string, key?: string) => {
    // Onto another chip it would vanish into it; it stops short instead.
    if (times.some((other, i) => i !== index && other === time)) return index;
    const next = times.map((old, i) => (i === index ? time : old)).sort();
    props.onChange(next, key);
    return next.indexOf(time);
  };
  const focus = (index: number) =>
    requestAnimationFrame(() => strip.current?.querySelector<HTMLElement>(`[data-chip="${index}"]`)?.focus());

  const press = (event: KeyboardEvent, index: number) => {
    const time = times[index] as string;
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      props.onChange(times.filter((_, i) => i !== index));
      announce(`${time} removed`);
      focus(Math.max(0, index - 1));
      return;
    }
    const minutes = event.key === "Home" ? -1440 : event.key === "End" ? 1440 : minutesOfKey(event.key, event.shiftKey);
    if (minutes === null) return;
    event.preventDefault();
    focus(replace(index, moveTime(time, minutes), `times:key:${times.length}`));
  };

  const startDrag = (event: PointerEvent, index: number) => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    const chip = event.currentTarget as HTMLElement;
    chip.setPointerCapture(event.pointerId);
    chip.focus();
    gesture.current += 1;
    setDragged(index);
  };
  // The pointer stays with the button it went down on, while the chip it drags may change places with others.
  const drag = (event: PointerEvent) => {
    if (dragged === null || strip.current === null) return;
    const time = timeAt(strip.current, event.clientX, event.shiftKey ? 1 : 5);
    if (time !== times[dragged]) setDragged(replace(dragged, time, `times:drag:${gesture.current}`));
  };
  const add = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0 || event.target !== event.currentTarget) return;
    const time = timeAt(event.currentTarget, event.clientX, 15);
    if (!times.includes(time)) props.onChange([...times, time].sort());
  };

  const places = placesOf(times);
  const drop = () => {
    if (dragged !== null) focus(dragged);
    setDragged(null);
  };

  return (
    <Ruler stripRef={strip} onPointerDown={add} clickable>
      {times.map((time, index) => (
        <button
          // Keyed by place, so that a chip keeps the focus and the pointer while its time changes.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          key={index}
          type="button"
          role="slider"
          data-chip={index}
          className={classes.chip}
          data-place={places[index]}
          data-dragged={dragged === index || undefined}
          style={{ left: `${percentOf(time)}%` }}
          aria-label={`Time ${index + 1} of ${times.length}`}
          aria-valuemin={0}
          aria-valuemax={1439}
          aria-valuenow={minutesOf(time)}
          aria-valuetext={time}
          onKeyDown={(event) => press(event, index)}
          onPointerDown={(event) => startDrag(event, index)}
          onPointerMove={drag}
          onPointerUp={drop}
          onPointerCancel={() => setDragged(null)}
        >
          {time}
        </button>
      ))}
    </Ruler>
  );
}
