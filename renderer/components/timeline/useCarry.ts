import { type PointerEvent, useEffect, useRef, useState } from "react";
import { offsetAt } from "../../../shared/schedule/zone/zone.ts";
import { niceSteps } from "./scale.ts";

/** A pointer that moved less has clicked. */
const carryFrom = 4;
/** A time is chosen in steps of at least so many pixels. */
const stepPx = 6;
const [leastMs, mostMs] = [60_000, 3_600_000];

/** An item under the pointer, on its way to another time. */
export interface Carried {
  key: string;
  /** Epoch ms of where it would be dropped: a whole step of the zone's clock. */
  to: number;
  /** Its row, in pixels from the top of the rows. */
  top: number;
  height: number;
}

/** Carries an item along its row with the mouse; Escape leaves it where it is. */
export function useCarry(options: {
  atPixel: (clientX: number) => number;
  msPerPx: number;
  zone: string;
  onDrop: ((key: string, to: number) => void) | undefined;
}) {
  const { atPixel, msPerPx, zone, onDrop } = options;
  const [carried, setCarried] = useState<Carried | null>(null);
  const start = useRef<{ key: string; x: number; byMs: number; top: number; height: number } | null>(null);
  const dragged = useRef(false);
  const stop = () => {
    start.current = null;
    setCarried(null);
  };
  const isCarrying = carried !== null;
  useEffect(() => {
    if (!isCarrying) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      start.current = null;
      setCarried(null);
    };
    window.addEventListener("keydown", onKey, true);
    return () => window.removeEventListener("keydown", onKey, true);
  }, [isCarrying]);

  const stepMs = niceSteps.find((step) => step >= Math.max(leastMs, Math.min(mostMs, msPerPx * stepPx))) ?? mostMs;
  return {
    carried,
    /** Whether the click that follows ended a drag; asked once. */
    wasDrag(): boolean {
      const was = dragged.current;
      dragged.current = false;
      return was;
    },
    /** True where the pointer took something. */
    down(event: PointerEvent<HTMLElement>, atOf: (key: string) => number | undefined): boolean {
      dragged.current = false;
      // What was let go outside is carried no further.
      start.current = null;
      const mark = (event.target as HTMLElement).closest<HTMLElement>("[data-planned]");
      const key = mark?.dataset["planned"];
      const row = mark?.closest<HTMLElement>("[role=listitem]");
      if (onDrop === undefined || event.button !== 0 || key === undefined || row == null) return false;
      const at = atOf(key);
      if (at === undefined) return false;
      const rows = row.parentElement as HTMLElement;
      const [box, whole] = [row.getBoundingClientRect(), rows.getBoundingClientRect()];
      const byMs = at - atPixel(event.clientX);
      start.current = { key, x: event.clientX, byMs, top: box.top - whole.top, height: box.height };
      return true;
    },
    move(event: PointerEvent<HTMLElement>): boolean {
      const began = start.current;
      if (began === null || event.buttons === 0) return false;
      if (carried === null) {
        if (Math.abs(event.clientX - began.x) < carryFrom) return true;
        event.currentTarget.setPointerCapture(event.pointerId);
      }
      dragged.current = true;
      const at = atPixel(event.clientX) + began.byMs;
      const local = at + offsetAt(zone, at);
      const to = at - local + Math.round(local / stepMs) * stepMs;
      setCarried({ key: began.key, to, top: began.top, height: began.height });
      return true;
    },
    up(): boolean {
      const was = start.current !== null;
      if (carried !== null) onDrop?.(carried.key, carried.to);
      stop();
      return was;
    },
    cancel: stop,
  };
}
