import { ActionIcon, Button, Switch, TextInput } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconDownload, IconSearch } from "@tabler/icons-react";
import { type KeyboardEvent, memo, type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { bytes, count, plural } from "../../format/numbers.ts";
import { clockTime, type TimeFormat } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./LogView.module.css";
import { findLines, type LogLine } from "./logLines.ts";
import { saveAs } from "./saveAs.ts";

const lineHeight = 18;
/** Lines drawn above and below what is seen. */
const overscan = 8;

/** A run's log: only what is on screen is drawn, it follows the end while live, and nothing in it is interpreted. */
export function LogView(props: {
  /** From `appendLog`. */
  lines: readonly LogLine[];
  /** Bytes the engine cut out of the middle; told above the log. */
  droppedBytes: number;
  /** More may come: follows the end until the reader scrolls away from it. */
  live: boolean;
  /** Name of the downloaded file, without its ending. */
  fileName: string;
  /** Pixels. Default 360. */
  height?: number;
}) {
  const { lines, height = 360 } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [follow, setFollow] = useState(props.live);
  const [query, setQuery] = useState("");
  const [current, setCurrent] = useState(0);
  const found = useMemo(() => findLines(lines, query), [lines, query]);
  const lastTop = useRef(0);

  const go = (to: number) => {
    if (found.length === 0) return;
    const next = (to + found.length) % found.length;
    setCurrent(next);
    setFollow(false);
    const box = scroller.current;
    if (box !== null) box.scrollTop = ((found[next] ?? 0) + 0.5) * lineHeight - box.clientHeight / 2;
  };
  const searchKey = (event: KeyboardEvent) => {
    if (event.key === "Enter") go(current + (event.shiftKey ? -1 : 1));
    if (event.key === "Escape" && query !== "") {
      event.stopPropagation();
      setQuery("");
    }
  };
  const onScroll = () => {
    const box = scroller.current;
    if (box === null) return;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < lineHeight;
    if (!atEnd && box.scrollTop < lastTop.current) setFollow(false);
    lastTop.current = box.scrollTop;
  };
  const download = () =>
    saveAs(`${lines.map((line) => line.text).join("\n")}\n`, `${props.fileName}.log`, "text/plain");

  return (
    <div className={classes.box}>
      <div className={classes.bar}>
        <TextInput
          value={query}
          onChange={(event) => {
            setQuery(event.currentTarget.value);
            setCurrent(0);
          }}
          onKeyDown={searchKey}
          placeholder="Search the log"
          aria-label="Search the log"
          leftSection={<IconSearch size={14} />}
          w={220}
        />
        {query !== "" && (
          <>
            <span className="dim" role="status">
              {found.length === 0 ? "not found" : `${count(current + 1)} of ${count(found.length)}`}
            </span>
            <ActionIcon onClick={() => go(current - 1)} aria-label="Previous match" disabled={found.length === 0}>
              <IconChevronUp size={15} />
            </ActionIcon>
            <ActionIcon onClick={() => go(current + 1)} aria-label="Next match" disabled={found.length === 0}>
              <IconChevronDown size={15} />
            </ActionIcon>
          </>
        )}
        <span className={classes.spacer} />
        <span className="dim">{plural(lines.length, "line")}</span>
        {props.live && (
          <Switch label="Follow" checked={follow} onChange={(event) => setFollow(event.currentTarget.checked)} />
        )}
        <Button
          variant="default"
          leftSection={<IconDownload size={14} />}
          onClick={download}
          disabled={lines.length === 0}
        >
          Download
        </Button>
      </div>
      {props.droppedBytes > 0 && (
        <div className={classes.cut}>{bytes(props.droppedBytes)} were cut out of the middle of this log.</div>
      )}
      <section
        ref={scroller}
        className={classes.scroll}
        style={{ height: lines.length === 0 && !props.live ? 48 : height }}
        onScroll={onScroll}
        aria-label="Log"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        {lines.length === 0 ? (
          <p className={classes.empty}>{props.live ? "Nothing has been printed yet." : "Nothing was printed."}</p>
        ) : (
          <Lines
            scroller={scroller}
            lines={lines}
            height={height}
            follow={follow}
            query={query}
            current={found[current]}
          />
        )}
      </section>
    </div>
  );
}

/** The lines in view. Apart from the rest, so that scrolling draws nothing else. */
function Lines(props: {
  scroller: RefObject<HTMLElement | null>;
  lines: readonly LogLine[];
  height: number;
  follow: boolean;
  query: string;
  /** Index of the match that was gone to. */
  current: number | undefined;
}) {
  const { scroller, lines, follow } = props;
  const format = useTimeFormat();
  // All lines are of one height: where they stand need not be kept for each of a million.
  const [top, setTop] = useState(0);
  const inView = Math.ceil(props.height / lineHeight) + 1;
  const from = Math.max(0, Math.min(top, lines.length - inView) - overscan);

  useEffect(() => {
    const box = scroller.current;
    const note = () => setTop(Math.floor((box?.scrollTop ?? 0) / lineHeight));
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
        return (
          <Line
            key={index}
            line={line}
            index={index}
            current={props.current === index}
            query={props.query}
            format={format}
          />
        );
      })}
    </div>
  );
}

const Line = memo(function Line(props: {
  line: LogLine;
  index: number;
  current: boolean;
  query: string;
  format: TimeFormat;
}) {
  const { line, index } = props;
  return (
    <div
      className={classes.line}
      data-stream={line.stream}
      data-current={props.current || undefined}
      style={{ transform: `translateY(${index * lineHeight}px)` }}
    >
      <span className={classes.number} aria-hidden="true">
        {index + 1}
      </span>
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
