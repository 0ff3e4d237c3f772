import { type PointerEvent, useRef, useState } from "react";
import type { Span } from "./scale.ts";

/** A pointer that moved less has clicked. */
const dragFrom = 4;

/** A stretch chosen by dragging with the mouse, or by Shift with the arrows. */
export function useSelection({ atPixel, isOn }: { atPixel: (clientX: number) => number; isOn: boolean }) {
  const [range, setRange] = useState<Span | null>(null);
  const [isDragging, setDragging] = useState(false);
  const start = useRef<{ x: number; at: number } | null>(null);
  const dragged = useRef(false);
  return {
    range,
    isDragging,
    /** Whether the click that follows ended a drag; asked once. */
    wasDrag(): boolean {
      const was = dragged.current;
      dragged.current = false;
      return was;
    },
    clear: () => {
      setRange(null);
      setDragging(false);
      start.current = null;
    },
    down(event: PointerEvent<HTMLElement>) {
      dragged.current = false;
      // What was let go outside is drawn no further.
      start.current = null;
      const onTrack = (event.target as HTMLElement).closest("[data-lane]") !== null;
      if (isOn && event.button === 0 && onTrack) start.current = { x: event.clientX, at: atPixel(event.clientX) };
    },
    move(event: PointerEvent<HTMLElement>) {
      const began = start.current;
      if (began === null || event.buttons === 0) return;
      if (!isDragging && Math.abs(event.clientX - began.x) < dragFrom) return;
      if (!isDragging) {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragging(true);
      }
      dragged.current = true;
      const at = atPixel(event.clientX);
      setRange({ from: Math.min(began.at, at), to: Math.max(began.at, at) });
    },
    up() {
      start.current = null;
      setDragging(false);
    },
    /** Makes the stretch longer or shorter at its end; without one it begins in the middle of the view. */
    extend(byMs: number, view: Span) {
      setRange((before) => {
        if (before === null) {
          const middle = (view.from + view.to) / 2;
          return { from: Math.min(middle, middle + byMs), to: Math.max(middle, middle + byMs) };
        }
        return { from: before.from, to: Math.max(before.from + Math.abs(byMs), before.to + byMs) };
      });
    },
  };
}
