import { ActionIcon, Button, Popover } from "@mantine/core";
import { useElementSize, useId, useMergedRef } from "@mantine/hooks";
import { IconFocusCentered, IconX, IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type MouseEvent,
  memo,
  type PointerEvent,
  type ReactNode,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { startOfLocalDay } from "../../../shared/schedule/index.ts";
import { count } from "../../format/numbers.ts";
import { durationText, localDate, type TimeFormat } from "../../format/time.ts";
import { OutcomeIcon } from "../outcomes/OutcomeIcon.tsx";
import { instantText, itemText, LaneMarks } from "./LaneMarks.tsx";
import { layoutLane, leastTarget, type PreparedLane, prepareLane, type Scale, type TimelineItem } from "./layout.ts";
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
import { useView } from "./useView.ts";

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
  /** When anything was at work: long idle stretches between are drawn short. */
  busy?: readonly Span[];
  /** What can be done with a stretch that was dragged over; without it nothing can be selected. */
  actionsFor?: (range: Span, done: () => void) => ReactNode;
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
/** A pointer that moved less has clicked. */
const dragFrom = 4;
const tickApart = 76;
const listedAtMost = 40;
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
  const [opened, setOpened] = useState<{ items: readonly TimelineItem[]; x: number; y: number } | null>(null);
  const withDay =
    real.to - real.from > dayMs || localDate(real.from, format.zone) !== localDate(real.to - 1, format.zone);
  const ticks = useMemo(() => {
    const placed: (Tick & { x: number })[] = [];
    for (const tick of ticksOf(real, scale.msPerPx * tickApart, format)) {
      const x = scale.place(tick.at);
      const isFolded = axis.folds.some(({ from, to }) => tick.at >= from && tick.at < to);
      const before = placed.at(-1);
      // After a fold marks stand closer than they are apart in time.
      if (!isFolded && (before === undefined || x >= before.x + tickApart * 0.9)) placed.push({ ...tick, x });
    }
    return placed;
  }, [real, scale, format, axis]);
  const nowX = now >= real.from && now <= real.to ? scale.place(now) : null;

  const onClick = (event: MouseEvent<HTMLElement>) => {
    if (selection.wasDrag()) {
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
    if (href == null || event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    router.navigate({ href });
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, [role=dialog]") !== null) return;
    const onLanes = target === scroller.current;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const row = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    let done = true;
    if (event.key === "+" || event.key === "=") zoom(1 / 1.5);
    else if (event.key === "-" || event.key === "_") zoom(1.5);
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
      role="group"
      aria-label={props.label}
      onKeyDown={onKeyDown}
      onClickCapture={onClick}
    >
      <div className={classes.head}>
        <div className={classes.corner}>
          {props.corner}
          <span className={classes.zooms}>
            <ActionIcon
              size={24}
              variant="subtle"
              onClick={() => zoom(2)}
              aria-label="Zoom out"
              data-tip="Zoom out (−)"
            >
              <IconZoomOut size={15} />
            </ActionIcon>
            <ActionIcon
              size={24}
              variant="subtle"
              onClick={() => zoom(0.5)}
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
          {ticks.map(({ at, text, strong, x }) => (
            <span key={at} className={classes.tick} data-strong={strong || undefined} style={{ left: x }}>
              {text}
            </span>
          ))}
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
        onPointerDown={(event) => (event.pointerType === "touch" ? touches.down(event) : selection.down(event))}
        onPointerMove={(event) => (event.pointerType === "touch" ? touches.move(event) : selection.move(event))}
        onPointerUp={(event) => (event.pointerType === "touch" ? touches.up(event) : selection.up())}
        onPointerCancel={(event) => (event.pointerType === "touch" ? touches.up(event) : selection.clear())}
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
          {nowX !== null && (
            <div className={classes.lines} aria-hidden="true">
              <i className={classes.now} style={{ left: nowX }} />
            </div>
          )}
        </div>
      </div>
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

/** Lanes sorted and measured, each once for as long as its items stay the same. */
function usePrepared(lanes: readonly TimelineLane[]): ReadonlyMap<string, PreparedLane> {
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

const Lane = memo(function Lane(props: {
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
        <LaneMarks layout={layout} laneKey={lane.key} withDay={props.withDay} now={now} format={format} />
      </div>
      {lane.note !== undefined && <span className={classes.note}>{lane.note}</span>}
    </div>
  );
});

/** What stands too close to be told apart, as a list of links. */
function Together(props: {
  opened: { items: readonly TimelineItem[]; x: number; y: number } | null;
  onClose: () => void;
  withDay: boolean;
  now: number;
  format: TimeFormat;
}) {
  const { opened } = props;
  const shown = opened?.items.slice(0, listedAtMost) ?? [];
  return (
    <Popover
      opened={opened !== null}
      onChange={(open) => !open && props.onClose()}
      withRoles={false}
      trapFocus
      returnFocus
      shadow="md"
      withinPortal={false}
    >
      <Popover.Target>
        <span className={classes.anchor} style={{ left: opened?.x ?? 0, top: opened?.y ?? 0 }} />
      </Popover.Target>
      <Popover.Dropdown
        p={4}
        className={classes.together}
        role="dialog"
        aria-label={`${count(opened?.items.length ?? 0)} together`}
      >
        <ul>
          {shown.map((item) => {
            const text = itemText(item, props.withDay, props.now, props.format);
            return (
              <li key={item.key}>
                {item.href === undefined ? (
                  <span className={classes.togetherItem}>{text}</span>
                ) : (
                  <a href={item.href} className={classes.togetherItem}>
                    <OutcomeIcon outcome={item.outcome} size={12} /> <span className="ellipsis">{text}</span>
                  </a>
                )}
              </li>
            );
          })}
        </ul>
        {opened !== null && opened.items.length > shown.length && (
          <p className="dim">and {count(opened.items.length - shown.length)} more: zoom in to see them</p>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

/** A stretch chosen by dragging with the mouse, or by Shift with the arrows. */
function useSelection({ atPixel, isOn }: { atPixel: (clientX: number) => number; isOn: boolean }) {
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

/** One finger moves, two zoom. */
function useTouches(options: {
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

function focusInLane(target: HTMLElement, by: number): boolean {
  const lane = target.closest("[data-lane]");
  if (lane === null) return false;
  const places = [...lane.querySelectorAll<HTMLElement>("a, button")].sort((a, b) => a.offsetLeft - b.offsetLeft);
  const to = places[places.indexOf(target) + by];
  to?.focus();
  return to !== undefined;
}

function focusInRow(target: HTMLElement, by: number): boolean {
  const rows = [...(target.closest("[role=list]")?.querySelectorAll<HTMLElement>("[data-lane]") ?? [])];
  const at = rows.findIndex((row) => row.contains(target));
  if (at < 0) return false;
  const near = (row: HTMLElement): HTMLElement | undefined =>
    [...row.querySelectorAll<HTMLElement>("a, button")].sort(
      (a, b) => Math.abs(a.offsetLeft - target.offsetLeft) - Math.abs(b.offsetLeft - target.offsetLeft),
    )[0];
  for (let index = at + by; rows[index] !== undefined; index += by) {
    const to = near(rows[index] as HTMLElement);
    if (to === undefined) continue;
    to.focus();
    return true;
  }
  return false;
}

/** The local midnight before an instant, from which the steps of a band are counted. */
function originOf(at: number, { zone }: TimeFormat): number {
  try {
    return startOfLocalDay(zone, localDate(at, zone));
  } catch {
    return Math.floor(at / dayMs) * dayMs;
  }
}

/** `29 Nov 02:00 – 04:30`. */
function spanText({ from, to }: Span, now: number, format: TimeFormat): string {
  const sameDay = localDate(from, format.zone) === localDate(to - 1, format.zone);
  return `${instantText(from, true, now, format)} – ${instantText(to, !sameDay, now, format)}`;
}
