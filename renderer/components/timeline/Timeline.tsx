import { ActionIcon, Button } from "@mantine/core";
import { useElementSize, useId, useMergedRef } from "@mantine/hooks";
import { IconFocusCentered, IconX, IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, memo, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { isKnownZone, startOfLocalDay } from "../../../shared/schedule/zone/zone.ts";
import { menuPlace } from "../../commands/menuPlace.ts";
import { durationText, localDate, type TimeFormat } from "../../format/time.ts";
import { Lane, type TimelineLane, usePrepared } from "./Lane.tsx";
import { instantText } from "./LaneMarks.tsx";
import { hasAny, layoutLane, leastTarget, type Scale, type TimelineItem, zoomPlace } from "./layout.ts";
import { focusInLane, focusInRow } from "./markFocus.ts";
import {
  type Axis,
  foldIdle,
  plainAxis,
  type Span,
  type Tick,
  ticksOf,
  usualLimits,
  type ViewLimits,
} from "./scale.ts";
import classes from "./Timeline.module.css";
import { Together } from "./Together.tsx";
import { type Carried, useCarry } from "./useCarry.ts";
import { useSelection } from "./useSelection.ts";
import { useTouches } from "./useTouches.ts";
import { useView } from "./useView.ts";

export type { TimelineLane };

interface TimelineProps {
  /** What it shows, for screen readers. */
  label: string;
  lanes: readonly TimelineLane[];
  /** What is in view at first; another one is shown at once. */
  span: Span;
  format: TimeFormat;
  now: number;
  /** Told once zooming and moving rest. */
  onView?: (view: Span) => void;
  limits?: ViewLimits;
  /** The lanes have all that there is of this stretch: a view in it that shows nothing says so. */
  complete?: Span | undefined;
  /** When anything was at work: long idle stretches between are drawn short. */
  busy?: readonly Span[];
  /** What can be done with a stretch that was dragged over; without it nothing can be selected. */
  actionsFor?: (range: Span, done: () => void) => ReactNode;
  /** A click where nothing stands, at an instant (epoch ms). */
  onEmpty?: (at: number) => void;
  /** A planned mark that was dropped at another time (epoch ms). */
  onDrop?: (key: string, to: number) => void;
  /** What is asked of a planned mark, or of one that has a menu, by its menu key or the right button. */
  onMenu?: (key: string, near: DOMRect) => void;
  /** More room for names, where there are few lanes. */
  wideNames?: boolean;
  /** One lane without a name, for narrow places; the wheel zooms everywhere. */
  strip?: boolean;
  /** Height of a lane in pixels. Default 32. */
  laneHeight?: number;
  /** What stands at the left of the scale. */
  corner?: ReactNode;
  /** The lanes scroll inside the height that the parent leaves. */
  fills?: boolean;
}

const settleMs = 250;
const tickApart = 76;
/** As long as a time with seconds. */
const tickText = 58;
/** At most so wide is a label of the scale, with its line: half of one says nothing, or the wrong time. */
const labelWidth = (text: string, strong: boolean): number => 5 + text.length * (strong ? 7 : 6.5);
/** As long as a weekday with its date. */
const dayNameText = 84;
const dayMs = 86_400_000;

/**
 * Time as lanes, from a minute to a year: durations to scale, what is frequent as a band of counts, what is rare as a
 * mark of its own. Wheel with Ctrl, pinch, + and − zoom; the scale is dragged to move; dragging over lanes selects.
 */
export const Timeline = memo(function Timeline(props: TimelineProps) {
  const { lanes, span, format, now, strip = false, laneHeight = 32 } = props;
  const hint = useId();
  const router = useRouter();
  const root = useRef<HTMLDivElement>(null);
  const track = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const measured = useElementSize();
  const trackRef = useMergedRef(track, measured.ref);
  const width = Math.max(1, measured.width);

  const axis: Axis = useMemo(() => (props.busy === undefined ? plainAxis : foldIdle(props.busy)), [props.busy]);
  const limits = props.limits ?? usualLimits;
  const shownLimits = useMemo(() => {
    const { within } = limits;
    return within === undefined
      ? limits
      : { ...limits, within: { from: axis.shown(within.from), to: axis.shown(within.to) } };
  }, [limits, axis]);
  const { view, isMoved, zoom, move, show, reset } = useView({
    initial: span,
    axis,
    limits: shownLimits,
    track,
    root,
    wheel: strip ? "zoom" : "scroll",
  });
  const real = useMemo(() => ({ from: axis.real(view.from), to: axis.real(view.to) }), [axis, view.from, view.to]);
  const scale = useMemo((): Scale => {
    const msPerPx = (view.to - view.from) / width;
    return {
      msPerPx,
      origin: originOf(real.from, format),
      place: (at) => (axis.shown(at) - view.from) / msPerPx,
    };
  }, [axis, view.from, view.to, width, real.from, format]);
  const atPixel = (clientX: number): number => {
    const box = track.current?.getBoundingClientRect();
    return box === undefined ? real.from : axis.real(view.from + (clientX - box.left) * scale.msPerPx);
  };

  const onView = useRef(props.onView);
  onView.current = props.onView;
  useEffect(() => {
    const timer = setTimeout(() => onView.current?.(real), settleMs);
    return () => clearTimeout(timer);
  }, [real]);

  const prepared = usePrepared(lanes);
  const virtualizer = useVirtualizer({
    count: lanes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => laneHeight,
    getItemKey: (index) => lanes[index]?.key ?? index,
    overscan: 6,
    useFlushSync: false,
  });
  // Where the page scrolls and not the lanes, all of them are drawn.
  const rows = props.fills
    ? virtualizer.getVirtualItems().map(({ index, start }) => ({ index, start }))
    : lanes.map((_, index) => ({ index, start: null }));

  const selection = useSelection({ atPixel, isOn: props.actionsFor !== undefined });
  const carry = useCarry({ atPixel, msPerPx: scale.msPerPx, zone: format.zone, onDrop: props.onDrop });
  const carriedX = carry.carried === null ? 0 : scale.place(carry.carried.to);
  const atOf = (key: string): number | undefined => {
    for (const { items } of lanes) {
      const found = items.find((item) => item.key === key);
      if (found !== undefined) return found.at;
    }
    return undefined;
  };
  const [opened, setOpened] = useState<{ items: readonly TimelineItem[]; x: number; y: number } | null>(null);
  const withDay =
    real.to - real.from > dayMs || localDate(real.from, format.zone) !== localDate(real.to - 1, format.zone);
  const ticks = useMemo(() => {
    const placed: (Tick & { x: number })[] = [];
    for (const tick of ticksOf(real, scale.msPerPx * tickApart, format)) {
      const x = scale.place(tick.at);
      const isFolded = axis.folds.some(({ from, to }) => tick.at >= from && tick.at < to);
      const before = placed.at(-1);
      // A fold says itself how long it is: no clock time stands half under it.
      const isCovered = axis.folds.some((fold) => {
        const start = scale.place(fold.from);
        return start > x && start < x + tickText;
      });
      // After a fold marks stand closer than they are apart in time.
      if (!isFolded && (before === undefined || x >= before.x + tickApart * 0.9))
        placed.push({ ...tick, x, text: isCovered || x + labelWidth(tick.text, tick.strong) > width ? "" : tick.text });
    }
    return placed;
  }, [real, scale, format, axis, width]);
  // Times of one day do not say of which: where no midnight is in view, that stands at the left.
  const dayName =
    withDay || props.busy !== undefined || ticks.some(({ strong, x }) => strong && x < width)
      ? null
      : dayNameOf(real.from, format);
  const nowX = now >= real.from && now <= real.to ? scale.place(now) : null;

  const { complete } = props;
  const isEmpty = useMemo(
    () =>
      complete !== undefined &&
      real.from >= complete.from &&
      real.to <= complete.to &&
      ![...prepared.values()].some((lane) => hasAny(lane, real)),
    [complete, real, prepared],
  );
  const zoomBy = (factor: number) => zoom(factor, axis.shown(zoomPlace(prepared.values(), real, now)));

  const onClick = (event: MouseEvent<HTMLElement>) => {
    if (selection.wasDrag() || carry.wasDrag()) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const target = event.target as HTMLElement;
    const bin = target.closest<HTMLElement>("[data-bin]")?.dataset["bin"]?.split(" ").map(Number);
    if (bin !== undefined) {
      show({ from: axis.shown(bin[0] as number), to: axis.shown(bin[1] as number) });
      return;
    }
    const cluster = target.closest<HTMLElement>("[data-cluster]");
    const box = root.current?.getBoundingClientRect();
    if (cluster !== null && box !== undefined) {
      const at = cluster.getBoundingClientRect();
      const lane = cluster.closest<HTMLElement>("[data-lane]")?.dataset["lane"];
      const own = prepared.get(lane ?? "");
      const mark =
        own === undefined
          ? undefined
          : layoutLane(own, real, scale).marks.find(({ key }) => key === cluster.dataset["cluster"]);
      if (mark !== undefined)
        setOpened({ items: mark.items, x: at.left + at.width / 2 - box.left, y: at.bottom - box.top });
      return;
    }
    const href = target.closest("a")?.getAttribute("href");
    if (href == null && target.closest("[data-lane]") !== null && target.closest("button, [role=img]") === null) {
      props.onEmpty?.(atPixel(event.clientX));
      return;
    }
    if (href == null || event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    router.navigate({ href });
  };

  const menuOf = (target: Element, near: (mark: Element) => DOMRect | null): boolean => {
    const mark = target.closest<HTMLElement>("[data-menu]");
    const key = mark?.dataset["menu"];
    if (props.onMenu === undefined || mark === null || key === undefined) return false;
    const place = near(mark);
    const tell = (under: DOMRect) => {
      props.onMenu?.(key, under);
      // A list of what falls together keeps the focus to itself.
      setOpened(null);
    };
    if (place === null) menuPlace(mark, tell);
    else tell(place);
    return true;
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const target = event.target as HTMLElement;
    if ((event.key === "ContextMenu" || event.key === ".") && menuOf(target, () => null)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, [role=dialog]") !== null) return;
    const onLanes = target === scroller.current;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const row = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    let done = true;
    if (event.key === "+" || event.key === "=") zoomBy(1 / 1.5);
    else if (event.key === "-" || event.key === "_") zoomBy(1.5);
    else if (event.key === "0") reset();
    else if (event.key === "Escape" && selection.range !== null) selection.clear();
    else if (onLanes && step !== undefined && event.shiftKey && props.actionsFor !== undefined) {
      selection.extend(step * scale.msPerPx * leastTarget, real);
    } else if (onLanes && step !== undefined) move(step / 8);
    else if (step !== undefined) done = focusInLane(target, step);
    else if (row !== undefined && !onLanes) done = focusInRow(target, row);
    else done = false;
    if (done) {
      event.preventDefault();
      event.stopPropagation();
    }
  };

  const touches = useTouches({ scale, width, zoomAt: zoom, move, view });
  const [pulled, setPulled] = useState<{ x: number } | null>(null);

  const range = selection.range;
  const place = range === null ? null : { from: scale.place(range.from), to: scale.place(range.to) };
  return (
    <div
      ref={root}
      className={classes.timeline}
      data-strip={strip || undefined}
      data-fills={props.fills || undefined}
      data-wide-names={props.wideNames || undefined}
      data-carries={props.onDrop !== undefined || undefined}
      data-carrying={carry.carried !== null || undefined}
      data-empty-clicks={props.onEmpty !== undefined || undefined}
      role="group"
      aria-label={props.label}
      onKeyDown={onKeyDown}
      onClickCapture={onClick}
      onContextMenu={(event) => {
        const place = new DOMRect(event.clientX, event.clientY, 0, 0);
        if (menuOf(event.target as HTMLElement, () => place)) event.preventDefault();
      }}
    >
      <div className={classes.head}>
        <div className={classes.corner}>
          {props.corner}
          <span className={classes.zooms}>
            <ActionIcon
              size={24}
              variant="subtle"
              onClick={() => zoomBy(2)}
              aria-label="Zoom out"
              data-tip="Zoom out (−)"
            >
              <IconZoomOut size={15} />
            </ActionIcon>
            <ActionIcon
              size={24}
              variant="subtle"
              onClick={() => zoomBy(0.5)}
              aria-label="Zoom in"
              data-tip="Zoom in (+)"
            >
              <IconZoomIn size={15} />
            </ActionIcon>
            <ActionIcon
              size={24}
              variant="subtle"
              onClick={reset}
              disabled={!isMoved}
              aria-label="Show all again"
              data-tip="Show all again (0)"
            >
              <IconFocusCentered size={15} />
            </ActionIcon>
          </span>
        </div>
        <div
          ref={trackRef}
          className={classes.scale}
          data-pulled={pulled !== null || undefined}
          data-tip="Drag to move, turn the wheel to zoom"
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            setPulled({ x: event.clientX });
          }}
          onPointerMove={(event) => {
            if (pulled === null) return;
            move((pulled.x - event.clientX) / width);
            setPulled({ x: event.clientX });
          }}
          onPointerUp={() => setPulled(null)}
          onPointerCancel={() => setPulled(null)}
        >
          {/* Each mark says its own time, and the lanes what is in view. */}
          <span aria-hidden="true">
            {ticks
              .filter(({ x }) => dayName === null || x >= dayNameText)
              .map(({ at, text, strong, x }) => (
                <span key={at} className={classes.tick} data-strong={strong || undefined} style={{ left: x }}>
                  {text}
                </span>
              ))}
            {dayName !== null && <span className={classes.dayName}>{dayName}</span>}
          </span>
          {axis.folds.map((fold) => {
            const x = scale.place(fold.from);
            const folded = scale.place(fold.to) - x;
            return x < -folded || x > width ? null : (
              <span
                key={fold.from}
                className={classes.foldName}
                style={{ left: x, width: folded }}
                data-tip={`${durationText(fold.to - fold.from)} in which nothing ran`}
              >
                {folded > 44 ? durationText(fold.to - fold.from) : "⋯"}
              </span>
            );
          })}
        </div>
        {lanes.some(({ note }) => note !== undefined) && <span className={classes.note} />}
      </div>
      <p id={hint} className="visuallyHidden">
        Plus and minus zoom, arrow keys move{props.actionsFor === undefined ? "" : ", with Shift they select"}. Tab goes
        to what is on it.
      </p>
      <div
        ref={scroller}
        className={classes.lanes}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it zooms, moves and scrolls by keyboard
        tabIndex={0}
        role="group"
        aria-roledescription="timeline"
        aria-label={`${props.label}: ${spanText(real, now, format)}`}
        aria-describedby={hint}
        onPointerDown={(event) => {
          if (event.pointerType === "touch") touches.down(event);
          else if (!carry.down(event, atOf)) selection.down(event);
        }}
        onPointerMove={(event) => {
          if (event.pointerType === "touch") touches.move(event);
          else if (!carry.move(event)) selection.move(event);
        }}
        onPointerUp={(event) => {
          if (event.pointerType === "touch") touches.up(event);
          else if (!carry.up()) selection.up();
        }}
        onPointerCancel={(event) => {
          if (event.pointerType === "touch") touches.up(event);
          else selection.clear();
          carry.cancel();
        }}
      >
        <div
          role="list"
          className={classes.rows}
          style={props.fills ? { height: virtualizer.getTotalSize() } : undefined}
        >
          <div className={classes.lines} aria-hidden="true">
            {ticks.map(({ at, strong, x }) => (
              <i key={at} data-strong={strong || undefined} style={{ left: x }} />
            ))}
            {axis.folds.map((fold) => (
              <i
                key={fold.from}
                className={classes.fold}
                style={{ left: scale.place(fold.from), width: scale.place(fold.to) - scale.place(fold.from) }}
              />
            ))}
            {nowX !== null && <i className={classes.now} style={{ left: nowX }} />}
            {place !== null && (
              <i className={classes.selected} style={{ left: place.from, width: Math.max(1, place.to - place.from) }} />
            )}
          </div>
          {rows.map(({ index, start }) => {
            const lane = lanes[index];
            const own = lane === undefined ? undefined : prepared.get(lane.key);
            return lane === undefined || own === undefined ? null : (
              <div
                key={lane.key}
                ref={start === null ? undefined : virtualizer.measureElement}
                data-index={index}
                className={classes.row}
                role="listitem"
                aria-setsize={lanes.length}
                aria-posinset={index + 1}
                style={
                  start === null
                    ? undefined
                    : { position: "absolute", inset: "0 0 auto", transform: `translateY(${start}px)` }
                }
              >
                <Lane
                  lane={lane}
                  prepared={own}
                  {...{ scale, real, withDay, now, format, strip }}
                  height={laneHeight}
                />
                {lane.detail}
              </div>
            );
          })}
          {carry.carried !== null && (
            <div className={classes.lines} aria-hidden="true">
              <i className={classes.carried} style={{ left: carriedX, ...rowPlace(carry.carried) }} />
              <span
                className={classes.carriedTime}
                data-left={carriedX > width / 2 || undefined}
                style={{ left: carriedX, ...rowPlace(carry.carried) }}
              >
                {instantText(carry.carried.to, withDay, now, format)}
              </span>
            </div>
          )}
        </div>
      </div>
      {isEmpty && isMoved && (
        <p className={classes.nothing} role="status">
          Nothing between {instantText(real.from, withDay, now, format)} and{" "}
          {instantText(real.to, withDay, now, format)}
          <Button size="compact-xs" variant="default" onClick={reset}>
            Show all
          </Button>
        </p>
      )}
      {range !== null && !selection.isDragging && props.actionsFor !== undefined && (
        <div className={classes.actions} role="status">
          <span className={classes.range}>
            {spanText(range, now, format)} <span className="dim">{durationText(range.to - range.from)}</span>
          </span>
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => {
              show({ from: axis.shown(range.from), to: axis.shown(range.to) });
              selection.clear();
            }}
          >
            Zoom in
          </Button>
          {props.actionsFor(range, selection.clear)}
          <ActionIcon size={24} variant="subtle" onClick={selection.clear} aria-label="Select nothing">
            <IconX size={14} />
          </ActionIcon>
        </div>
      )}
      <Together opened={opened} onClose={() => setOpened(null)} {...{ withDay, now, format }} />
    </div>
  );
});

const rowPlace = ({ top, height }: Carried) => ({ top, height });

/** The local midnight before an instant, from which the steps of a band are counted. */
function originOf(at: number, { zone }: TimeFormat): number {
  try {
    return startOfLocalDay(zone, localDate(at, zone));
  } catch {
    return Math.floor(at / dayMs) * dayMs;
  }
}

/** `Sun 29 Nov`. */
const dayNameOf = (at: number, { locale, zone }: TimeFormat): string =>
  new Intl.DateTimeFormat(locale, {
    weekday: "short",
    day: "numeric",
    month: "short",
    timeZone: isKnownZone(zone) ? zone : "UTC",
  }).format(at);

/** `29 Nov 02:00 – 04:30`. */
function spanText({ from, to }: Span, now: number, format: TimeFormat): string {
  const sameDay = localDate(from, format.zone) === localDate(to - 1, format.zone);
  return `${instantText(from, true, now, format)} – ${instantText(to, !sameDay, now, format)}`;
}
