import { type PointerEvent, useRef } from "react";
import type { Scale } from "./layout.ts";
import type { Span } from "./scale.ts";

/** One finger moves, two zoom. */
export function useTouches(options: {
  scale: Scale;
  width: number;
  view: Span;
  zoomAt: (factor: number, at: number) => void;
  move: (share: number) => void;
}) {
  const { width, view, scale } = options;
  const fingers = useRef(new Map<number, number>());
  return {
    down(event: PointerEvent<HTMLElement>) {
      fingers.current.set(event.pointerId, event.clientX);
    },
    move(event: PointerEvent<HTMLElement>) {
      const before = fingers.current.get(event.pointerId);
      if (before === undefined) return;
      const others = [...fingers.current].filter(([id]) => id !== event.pointerId).map(([, x]) => x);
      fingers.current.set(event.pointerId, event.clientX);
      const [other] = others;
      if (other === undefined) {
        options.move((before - event.clientX) / width);
        return;
      }
      const [was, is] = [Math.abs(before - other), Math.abs(event.clientX - other)];
      if (was < 10 || is < 10) return;
      const left = event.currentTarget.getBoundingClientRect().right - width;
      options.zoomAt(was / is, view.from + ((event.clientX + other) / 2 - left) * scale.msPerPx);
    },
    up(event: PointerEvent<HTMLElement>) {
      fingers.current.delete(event.pointerId);
    },
  };
}
