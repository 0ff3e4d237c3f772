import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import classes from "./ToggleGrid.module.css";

export interface ToggleItem<V> {
  value: V;
  /** What stands on it. */
  label: string;
  /** What it is called, where the label alone does not say. */
  name?: string;
}

/** So far a pointer moves before it draws a stroke. */
const STROKE_PX = 6;

/**
 * Buttons that are on or off, in rows of `columns`. One tab stop; arrows move, Space and Enter toggle, and dragging
 * switches every button that the pointer crosses.
 */
export function ToggleGrid<V extends string | number>(props: {
  label: string;
  items: readonly ToggleItem<V>[];
  isOn: (value: V) => boolean;
  onToggle: (value: V) => void;
  /** Left out, they stand in one row, or in as many as there is room for. */
  columns?: number;
  /** Width of a button in px; as wide as its label where left out. */
  cell?: number;
  invalid?: boolean;
  describedBy?: string;
}) {
  const columns = props.columns ?? props.items.length;
  const [active, setActive] = useState(0);
  const box = useRef<HTMLFieldSetElement>(null);
  // While the pointer is down: whether it switches on or off, what it has crossed, and where it went down.
  const paint = useRef<{ on: boolean; done: Set<V>; x: number; y: number } | null>(null);
  const current = Math.min(active, props.items.length - 1);

  const focus = (index: number) => {
    setActive(index);
    box.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus();
  };
  const move = (event: KeyboardEvent) => {
    const last = props.items.length - 1;
    const to = {
      ArrowLeft: current - 1,
      ArrowRight: current + 1,
      ArrowUp: current - columns,
      ArrowDown: current + columns,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (to >= 0 && to <= last) focus(to);
  };
  const press = (event: PointerEvent, value: V) => {
    if (event.button !== 0) return;
    // Touch captures the pointer by itself, and other buttons would never hear of it.
    (event.target as Element).releasePointerCapture?.(event.pointerId);
    paint.current = { on: !props.isOn(value), done: new Set([value]), x: event.clientX, y: event.clientY };
    props.onToggle(value);
    const end = () => {
      paint.current = null;
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
    };
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
  };
  const cross = (event: PointerEvent, value: V) => {
    const stroke = paint.current;
    if (stroke === null || stroke.done.has(value)) return;
    // What a toggle changes may move the page under a pointer that stands still.
    if (Math.abs(event.clientX - stroke.x) + Math.abs(event.clientY - stroke.y) < STROKE_PX) return;
    stroke.done.add(value);
    if (props.isOn(value) !== stroke.on) props.onToggle(value);
  };

  return (
    <fieldset
      ref={box}
      className={classes.grid}
      style={
        props.columns === undefined
          ? { display: "flex", flexWrap: "wrap" }
          : { gridTemplateColumns: `repeat(${columns}, ${props.cell === undefined ? "auto" : `${props.cell}px`})` }
      }
      aria-label={props.label}
      aria-describedby={props.describedBy}
      data-invalid={props.invalid || undefined}
      data-free={props.cell === undefined || undefined}
      onKeyDown={move}
    >
      {props.items.map((item, index) => (
        <button
          key={item.value}
          type="button"
          className={classes.toggle}
          style={props.columns === undefined && props.cell !== undefined ? { width: props.cell } : undefined}
          data-index={index}
          tabIndex={index === current ? 0 : -1}
          aria-pressed={props.isOn(item.value)}
          aria-label={item.name}
          onFocus={() => setActive(index)}
          onPointerDown={(event) => press(event, item.value)}
          onPointerEnter={(event) => cross(event, item.value)}
          // A press by keyboard or assistive technology comes as a click without a pointer.
          onClick={(event) => event.detail === 0 && props.onToggle(item.value)}
        >
          {item.label}
        </button>
      ))}
    </fieldset>
  );
}
