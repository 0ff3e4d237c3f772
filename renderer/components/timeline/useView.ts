import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { type Axis, moveView, type Span, type ViewLimits, zoomView } from "./scale.ts";

/** A turn of the wheel by one line zooms by so much. */
const wheelStep = 1.0018;

/**
 * What a timeline has in view, in the time that is drawn. Zooming and moving is gathered into one change a frame; the
 * wheel zooms with Ctrl (as a pinch of a touchpad does), over the scale, or everywhere where nothing scrolls.
 */
export function useView(options: {
  /** What shows at first, and again when it changes or on reset. */
  initial: Span;
  axis: Axis;
  limits: ViewLimits;
  /** Of the element whose width is the view. */
  track: RefObject<HTMLElement | null>;
  root: RefObject<HTMLElement | null>;
  wheel: "zoom" | "scroll";
}) {
  const { initial, axis, limits } = options;
  const first = { from: axis.shown(initial.from), to: axis.shown(initial.to) };
  const firstKey = `${first.from} ${first.to}`;
  const [state, setState] = useState({ key: firstKey, view: first });
  const view = state.key === firstKey ? state.view : first;
  const isMoved = view.from !== first.from || view.to !== first.to;
  const latest = useRef({ view, limits, firstKey });
  latest.current = { view, limits, firstKey };

  const pending = useRef<((view: Span) => Span)[]>([]);
  const frame = useRef(0);
  const change = useCallback((how: (view: Span) => Span) => {
    pending.current.push(how);
    if (frame.current !== 0) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      const all = pending.current;
      pending.current = [];
      const { view: now, firstKey: key } = latest.current;
      const next = all.reduce((before, each) => each(before), now);
      // The next frame may come before this one is rendered, and goes on from here.
      latest.current = { ...latest.current, view: next };
      setState({ key, view: next });
    });
  }, []);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);

  const zoom = useCallback(
    (factor: number, at?: number) =>
      change((now) => zoomView(now, at ?? (now.from + now.to) / 2, factor, latest.current.limits)),
    [change],
  );
  const move = useCallback(
    (share: number) => change((now) => moveView(now, share * (now.to - now.from), latest.current.limits)),
    [change],
  );
  const show = useCallback((span: Span) => change(() => zoomView(span, span.from, 1, latest.current.limits)), [change]);
  const reset = useCallback(() => {
    pending.current = [];
    setState({ key: "", view: latest.current.view });
  }, []);

  const { root, track, wheel } = options;
  useEffect(() => {
    const element = root.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent) => {
      const box = track.current?.getBoundingClientRect();
      if (box === undefined || box.width === 0) return;
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const [x, y] = [event.deltaX * unit, event.deltaY * unit];
      const overScale = event.clientY <= box.bottom && event.clientY >= box.top;
      const pinched = event.ctrlKey || event.metaKey;
      if (!pinched && (event.shiftKey || Math.abs(x) > Math.abs(y))) {
        event.preventDefault();
        move((event.shiftKey && x === 0 ? y : x) / box.width);
      } else if (pinched || overScale || wheel === "zoom") {
        event.preventDefault();
        const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
        // A pinch comes in far smaller steps than a wheel's.
        const factor = wheelStep ** (pinched && Math.abs(y) < 30 ? y * 6 : y);
        change((now) => zoomView(now, now.from + share * (now.to - now.from), factor, latest.current.limits));
      }
    };
    // React listens passively, and then the page would scroll or zoom as well.
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [root, track, wheel, change, move]);

  return { view, isMoved, zoom, move, show, reset };
}
