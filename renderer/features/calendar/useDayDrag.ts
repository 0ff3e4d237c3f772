import { type PointerEvent, useEffect, useRef, useState } from "react";

const dragFrom = 4;

/**
 * Carries an entry of a month to another day with the mouse: entries are `[data-planned]`, days `[data-cell]`. Escape
 * leaves it where it is.
 */
export function useDayDrag(onDrop: (key: string, date: string) => void) {
  const [over, setOver] = useState<{ key: string; date: string | null } | null>(null);
  const start = useRef<{ key: string; x: number; y: number } | null>(null);
  const dragged = useRef(false);
  const stop = () => {
    start.current = null;
    setOver(null);
  };
  const isDragging = over !== null;
  useEffect(() => {
    if (!isDragging) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      start.current = null;
      setOver(null);
    };
    window.addEventListener("keydown", onKey, true);
    return () => window.removeEventListener("keydown", onKey, true);
  }, [isDragging]);

  return {
    over,
    /** Whether the click that follows ended a drag; asked once. */
    wasDrag(): boolean {
      const was = dragged.current;
      dragged.current = false;
      return was;
    },
    handlers: {
      onPointerDown(event: PointerEvent<HTMLElement>) {
        dragged.current = false;
        // What was let go outside is carried no further.
        start.current = null;
        const key = (event.target as HTMLElement).closest<HTMLElement>("[data-planned]")?.dataset["planned"];
        if (key === undefined || event.button !== 0 || event.pointerType === "touch") return;
        start.current = { key, x: event.clientX, y: event.clientY };
      },
      onPointerMove(event: PointerEvent<HTMLElement>) {
        const began = start.current;
        if (began === null || event.buttons === 0) return;
        if (over === null) {
          if (Math.abs(event.clientX - began.x) + Math.abs(event.clientY - began.y) < dragFrom) return;
          event.currentTarget.setPointerCapture(event.pointerId);
        }
        dragged.current = true;
        const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>("[data-cell]");
        const date = cell?.dataset["cell"] ?? null;
        if (over?.date !== date || over.key !== began.key) setOver({ key: began.key, date });
      },
      onPointerUp() {
        const dropped = over;
        stop();
        if (dropped?.date != null) onDrop(dropped.key, dropped.date);
      },
      onPointerCancel: stop,
    },
  };
}
