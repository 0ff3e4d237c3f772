import { ActionIcon, Button, Switch, TextInput } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp, IconCopy, IconDownload, IconSearch } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { bytes, count, plural } from "../../format/numbers.ts";
import { copyText } from "../page/copy.tsx";
import { Lines, type LinesHandle, lineHeight, WrappedLines } from "./LogRows.tsx";
import classes from "./LogView.module.css";
import { findLines, type LogLine, plainText } from "./logLines.ts";
import { saveAs } from "./saveAs.ts";

/**
 * A run's log: only what is on screen is drawn, it follows the end while live, and nothing in it is interpreted. Long
 * lines are cut off at its edge or wrapped, whichever was chosen last.
 */
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
  /** The row that the address names, from 0: it is gone to once it is read. */
  linked?: number | undefined;
  /** A row's number was clicked; left out, numbers are no links. */
  onLink?: ((row: number) => void) | undefined;
}) {
  const { lines, height = 360 } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [follow, setFollow] = useState(props.live);
  const [query, setQuery] = useState("");
  const [current, setCurrent] = useState(0);
  const found = useMemo(() => findLines(lines, query), [lines, query]);
  const lastTop = useRef(0);
  const [wrap, setWrap] = useLocalStorage({
    key: "almanac-log-wrap",
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const rows = useRef<LinesHandle>(null);
  const { linked } = props;
  const gone = useRef<number>(undefined);
  // What an address names may be read long after the page is there; a reader who has gone on is not taken back.
  useEffect(() => {
    if (linked === undefined || linked >= lines.length || gone.current === linked) return;
    gone.current = linked;
    setFollow(false);
    rows.current?.reach(linked);
    scroller.current?.scrollIntoView({ block: "nearest" });
  }, [linked, lines.length]);

  const go = (to: number) => {
    if (found.length === 0) return;
    const next = (to + found.length) % found.length;
    setCurrent(next);
    setFollow(false);
    rows.current?.reach(found[next] ?? 0);
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
  const download = () => saveAs(plainText(lines), `${props.fileName}.log`, "text/plain");
  const copy = () => copyText(plainText(lines), `${plural(lines.length, "line")} copied`);
  const shown = {
    scroller,
    lines,
    height,
    follow,
    query,
    current: found[current],
    linked,
    onLink: props.onLink,
    ref: rows,
  };

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
          leftSection={<IconSearch size={14} aria-hidden="true" />}
          className={classes.search ?? ""}
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
        <Switch label="Wrap" checked={wrap} onChange={(event) => setWrap(event.currentTarget.checked)} />
        <Button variant="default" leftSection={<IconCopy size={14} />} onClick={copy} disabled={lines.length === 0}>
          Copy
        </Button>
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
        ) : wrap ? (
          <WrappedLines {...shown} />
        ) : (
          <Lines {...shown} />
        )}
      </section>
    </div>
  );
}
