import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useRef, useState } from "react";
import type { ListRunsInput, RunRow } from "../../../shared/api/runs.ts";
import type { Run } from "../../../shared/domain/run.ts";
import { reader, trpc } from "../../api/client.ts";
import { ContextMenu } from "../../commands/CommandMenu.tsx";
import { actionsOn } from "../../commands/command.ts";
import { menuPlace } from "../../commands/menuPlace.ts";
import { runCommands } from "../../commands/ofRun.ts";
import { useTools } from "../../commands/tools.ts";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { inert } from "../../components/values/logLines.ts";
import { TimeText } from "../../components/values/TimeText.tsx";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { RunDuration, triggerNames, triggerWords } from "./RunFacts.tsx";
import classes from "./RunTable.module.css";
import { RunBadge, Waiting } from "./Waiting.tsx";

/** One line of an error for a narrow column: what was printed stands first, not what is the same for all. */
const shortError = (message: string): string =>
  (message.split("\n")[0] ?? "").replace(/^The command ended with exit code (\d+): /, "exit $1: ");

const pageSize = 100;
const rowHeight = 32;

/** Runs, newest first, read further as they scroll into view; rows by arrow keys, Enter opens. */
export function RunTable(props: {
  /** Filters; sorting and paging are the table's own. */
  input: ListRunsInput;
  /** Shown where there are none. */
  empty: ReactNode;
  /** Leaves the schedule's name out where all are of one. */
  withoutSchedule?: boolean;
  /** The schedule's zone, for the exact times, where all are of one. */
  zone?: string;
  /** Pixels; fills its parent where left out. */
  height?: number;
}) {
  const tools = useTools();
  const [menu, setMenu] = useState<{ run: RunRow; near: DOMRect } | null>(null);
  const format = useTimeFormat();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const query = useInfiniteQuery({
    // Under the key of `runs.list`, so that live changes reach it.
    queryKey: [...trpc.runs.list.queryKey(props.input), "pages"],
    queryFn: ({ pageParam, signal }) =>
      reader.runs.list.query(
        { ...props.input, limit: pageSize, ...(pageParam ? { cursor: pageParam } : {}) },
        { signal },
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
  });
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
    useFlushSync: false,
  });
  const items = virtualizer.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (lastShown > rows.length - 30 && hasNextPage && !isFetchingNextPage) fetchNextPage();
  }, [lastShown, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  if (query.error !== null && query.data === undefined) {
    return <ErrorState error={query.error} title="The runs could not be read" onRetry={query.refetch} />;
  }
  if (query.data === undefined) return <LoadingRows />;
  if (rows.length === 0) return <>{props.empty}</>;

  const focusRow = (index: number) => {
    const to = Math.min(Math.max(index, 0), rows.length - 1);
    setActive(to);
    virtualizer.scrollToIndex(to);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-row="${to}"]`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const moves = new Map([
      ["ArrowDown", active + 1],
      ["ArrowUp", active - 1],
      ["PageDown", active + 10],
      ["PageUp", active - 10],
      ["Home", 0],
      ["End", rows.length - 1],
    ]);
    const to = moves.get(event.key);
    const onRow = event.target instanceof HTMLElement && event.target.dataset["row"] !== undefined;
    if (to !== undefined) {
      event.preventDefault();
      focusRow(to);
      return;
    }
    const run = rows[active] as RunRow | undefined;
    if (!onRow || run === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = new Map<string, () => unknown>([
      ...actionsOn(runCommands, run, tools).map((action) => [action.keys ?? "", action.do] as const),
      [".", () => menuPlace(event.target as Element, (near) => setMenu({ run, near }))],
      ["ContextMenu", () => menuPlace(event.target as Element, (near) => setMenu({ run, near }))],
    ]);
    const action = keys.get(event.key);
    if (action === undefined) return;
    event.preventDefault();
    action();
  };
  const onContextMenu = (event: MouseEvent<HTMLDivElement>) => {
    const place = (event.target as Element).closest<HTMLElement>("[data-row]")?.dataset["row"];
    const run = place === undefined ? undefined : (rows[Number(place)] as RunRow | undefined);
    if (run === undefined) return;
    event.preventDefault();
    setMenu({ run, near: new DOMRect(event.clientX, event.clientY, 0, 0) });
  };

  return (
    <div
      ref={scroller}
      className={classes.table}
      data-scroll-restoration-id="runs"
      data-without-schedule={props.withoutSchedule || undefined}
      style={props.height === undefined ? undefined : { maxHeight: props.height }}
      role="grid"
      aria-label="Runs"
      aria-rowcount={hasNextPage ? -1 : rows.length + 1}
      onKeyDown={onKeyDown}
      onContextMenu={onContextMenu}
    >
      <div className={classes.head} role="row" aria-rowindex={1}>
        <span role="columnheader">Status</span>
        {!props.withoutSchedule && <span role="columnheader">Schedule</span>}
        <span role="columnheader">
          Scheduled for
          {props.zone !== undefined && props.zone !== format.zone && <span className="dim">, your time</span>}
        </span>
        <span role="columnheader">Started</span>
        <span role="columnheader">Duration</span>
        <span role="columnheader">Trigger</span>
        <span role="columnheader">Message</span>
      </div>
      <div className={classes.rows} style={{ height: virtualizer.getTotalSize() }} role="presentation">
        {items.map((item) => {
          const run = rows[item.index];
          if (run === undefined) return null;
          return (
            <div
              key={run.runId}
              className={classes.row}
              style={{ transform: `translateY(${item.start}px)` }}
              role="row"
              aria-rowindex={item.index + 2}
              data-row={item.index}
              tabIndex={item.index === active ? 0 : -1}
              onFocus={() => setActive(item.index)}
            >
              <span role="gridcell">
                <a href={`/runs/${run.runId}`} className={classes.status} tabIndex={-1}>
                  <RunBadge run={run} short />
                </a>
              </span>
              {!props.withoutSchedule && (
                <span role="gridcell" className="ellipsis">
                  {run.scheduleId === null ? (
                    <span className="dim">{run.workflowName}</span>
                  ) : (
                    <a href={`/schedules/${run.scheduleId}`} className="quietLink" tabIndex={-1}>
                      {run.scheduleName ?? run.scheduleId}
                    </a>
                  )}
                </span>
              )}
              <span role="gridcell" className="ellipsis">
                <TimeText at={run.scheduledTime} seconds zone={props.zone} focusable={false} />
              </span>
              <span role="gridcell" className="ellipsis">
                <TimeText at={run.startedAt} seconds zone={props.zone} focusable={false} />
              </span>
              <span role="gridcell" className="ellipsis">
                <RunDuration startedAt={run.startedAt} completedAt={run.completedAt} />
              </span>
              <span role="gridcell" className="ellipsis dim" data-tip={triggerWords[run.trigger]}>
                {triggerNames[run.trigger]}
                {run.attempt > 1 && `, attempt ${run.attempt}`}
              </span>
              <Message run={run} />
            </div>
          );
        })}
      </div>
      {query.isFetchNextPageError && (
        <Button variant="subtle" onClick={() => fetchNextPage()}>
          Further runs could not be read. Try again
        </Button>
      )}
      {menu !== null && (
        <ContextMenu
          actions={actionsOn(runCommands, menu.run, tools)}
          near={menu.near}
          label="Actions for this run"
          onClose={() => setMenu(null)}
        />
      )}
    </div>
  );
}

/** Why a run waits, failed, was skipped or wants a look, in its first line. */
function Message({ run }: { run: Pick<Run, "status" | "waitingFor" | "error" | "warning" | "skipReason"> }) {
  if (run.waitingFor !== null) {
    return (
      <span role="gridcell" className="ellipsis dim">
        <Waiting waiting={run.waitingFor} />
      </span>
    );
  }
  const text = run.error?.message ?? run.warning ?? run.skipReason;
  const failed = run.error !== null && run.status !== "cancelled";
  const tone = failed ? classes.error : run.warning !== null ? classes.warning : "dim";
  return (
    <span
      role="gridcell"
      className={`ellipsis ${tone}`}
      data-tip={text === null ? undefined : inert(text).slice(0, 500)}
    >
      {text !== null && shortError(inert(text))}
    </span>
  );
}
