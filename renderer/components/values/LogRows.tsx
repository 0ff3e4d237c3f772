import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type CSSProperties,
  memo,
  type Ref,
  type RefObject,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useState,
} from "react";
import { clockTime, type TimeFormat } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./LogView.module.css";
import type { LogLine } from "./logLines.ts";

/** Pixels. */
export const lineHeight = 18;
/** Lines drawn above and below what is seen. */
const overscan = 8;

/** Lets the log go to a row. */
export interface LinesHandle {
  /** Scrolls to a row, which then stands in the middle. */
  reach: (row: number) => void;
}

interface LinesProps {
  scroller: RefObject<HTMLElement | null>;
  lines: readonly LogLine[];
  /** Pixels of what is seen. */
  height: number;
  follow: boolean;
  query: string;
  /** Index of the match that was gone to. */
  current: number | undefined;
  /** The row that the address names. */
  linked: number | undefined;
  onLink: ((row: number) => void) | undefined;
  ref: Ref<LinesHandle>;
}

/** The lines in view, each in a row of one height. Apart from the rest, so that scrolling draws nothing else. */
export function Lines(props: LinesProps) {
  const { scroller, lines, follow } = props;
  const format = useTimeFormat();
  // All lines are of one height: where they stand need not be kept for each of a million.
  const [top, setTop] = useState(0);
  const inView = Math.ceil(props.height / lineHeight) + 1;
  const from = Math.max(0, Math.min(top, lines.length - inView) - overscan);

  useImperativeHandle(props.ref, () => ({
    reach: (row) => {
      const box = scroller.current;
      if (box !== null) box.scrollTop = (row + 0.5) * lineHeight - box.clientHeight / 2;
    },
  }));

  useEffect(() => {
    const box = scroller.current;
    const note = () => setTop(Math.floor((box?.scrollTop ?? 0) / lineHeight));
    note();
    box?.addEventListener("scroll", note, { passive: true });
    return () => box?.removeEventListener("scroll", note);
  }, [scroller]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: more lines have made the box longer
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!follow || box === null) return;
    box.scrollTop = box.scrollHeight;
    setTop(Math.floor(box.scrollTop / lineHeight));
  }, [follow, lines, scroller]);

  return (
    <div className={classes.lines} style={{ height: lines.length * lineHeight }}>
      {lines.slice(from, from + inView + 2 * overscan).map((line, offset) => {
        const index = from + offset;
        return <Line key={index} line={line} start={index * lineHeight} {...rowProps(props, index, format)} />;
      })}
    </div>
  );
}

/** The lines in view, wrapped: how high a row is shows only once it is drawn. */
export function WrappedLines(props: LinesProps) {
  const { scroller, lines, follow } = props;
  const format = useTimeFormat();
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    overscan,
    useFlushSync: false,
  });
  useImperativeHandle(props.ref, () => ({ reach: (row) => virtualizer.scrollToIndex(row, { align: "center" }) }));
  const height = virtualizer.getTotalSize();
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows that were measured have made the box longer
  useLayoutEffect(() => {
    const box = scroller.current;
    if (follow && box !== null) box.scrollTop = box.scrollHeight;
  }, [follow, height, scroller]);
  return (
    <div className={classes.lines} data-wrapped style={{ height }}>
      {virtualizer.getVirtualItems().map(({ index, start }) => {
        const line = lines[index];
        return line === undefined ? null : (
          <Line
            key={index}
            line={line}
            start={start}
            measure={virtualizer.measureElement}
            {...rowProps(props, index, format)}
          />
        );
      })}
    </div>
  );
}

const rowProps = (props: LinesProps, index: number, format: TimeFormat) => ({
  index,
  isCurrent: props.current === index || props.linked === index,
  query: props.query,
  onLink: props.onLink,
  format,
});

const Line = memo(function Line(props: {
  line: LogLine;
  index: number;
  /** Pixels from the top of the log. */
  start: number;
  measure?: Ref<HTMLDivElement>;
  isCurrent: boolean;
  query: string;
  onLink: ((row: number) => void) | undefined;
  format: TimeFormat;
}) {
  const { line, index, onLink } = props;
  const position: CSSProperties = { transform: `translateY(${props.start}px)` };
  return (
    <div
      ref={props.measure}
      data-index={index}
      className={classes.line}
      data-stream={line.stream}
      data-current={props.isCurrent || undefined}
      style={position}
    >
      {onLink === undefined ? (
        <span className={classes.number} aria-hidden="true">
          {index + 1}
        </span>
      ) : (
        <a
          href={`#L${index + 1}`}
          className={classes.number}
          aria-label={`Line ${index + 1}`}
          tabIndex={-1}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            onLink(index);
          }}
        >
          {index + 1}
        </a>
      )}
      <span className={classes.time}>{clockTime(line.at, props.format, "always")}</span>
      {line.stream === "stderr" && <span className={classes.mark}>err</span>}
      {line.stream === "system" && <span className={classes.mark}>almanac</span>}
      <span className={classes.text}>{highlighted(line.text, props.query)}</span>
    </div>
  );
});

function highlighted(text: string, query: string) {
  if (query === "") return text;
  const at = text.toLowerCase().indexOf(query.toLowerCase());
  if (at < 0) return text;
  const end = at + query.length;
  return (
    <>
      {text.slice(0, at)}
      <mark className={classes.match}>{text.slice(at, end)}</mark>
      {text.slice(end)}
    </>
  );
}
