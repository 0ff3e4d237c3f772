import { IconBan, IconPlayerPause } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useMemo, useRef } from "react";
import type { Chain, ChainEdge, ChainNode } from "../../../../shared/api/chains.ts";
import { OutcomeIcon } from "../../../components/outcomes/OutcomeIcon.tsx";
import { outcomeColor, outcomeNames, outcomeOf } from "../../../components/outcomes/outcomes.ts";
import { TimeText } from "../../../components/values/TimeText.tsx";
import { durationText } from "../../../format/time.ts";
import classes from "./Chain.module.css";
import { type Cell, card, cellsOf, inOrder, lineOf, placeOf, sizeOf } from "./layout.ts";
import { edgeSentence, isTrouble, outcomeWords, stopWords } from "./words.ts";

/**
 * A chain as it runs, from left to right. It is a list of schedules in the order in which they run, each with what it runs after
 * in words; the lines repeat that. Arrow keys go along them.
 */
export function ChainGraph({ chain, around, zone }: { chain: Chain; around: string; zone: string }) {
  const box = useRef<HTMLDivElement>(null);
  const { nodes, edges } = chain;
  const byId = useMemo(() => new Map(nodes.map((node) => [node.scheduleId, node])), [nodes]);
  const cells = useMemo(() => cellsOf(chain), [chain]);
  const ordered = useMemo(() => inOrder(nodes, cells), [nodes, cells]);
  const nameOf = (id: string) => byId.get(id)?.name ?? id;

  // Of a long chain its own place is seen first.
  useEffect(() => {
    const own = box.current?.querySelector("[aria-current]")?.closest("li");
    if (box.current !== null && own != null)
      box.current.scrollLeft = own.offsetLeft - (box.current.clientWidth - card.width) / 2;
  }, []);

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const id = (event.target as HTMLElement).dataset["id"];
    if (id === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = neighbour(id, event.key, edges, cells);
    if (next === null) return;
    event.preventDefault();
    box.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(next)}"]`)?.focus();
  };

  const size = sizeOf(cells.values());
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only moves the focus between the links inside
    <div className={classes.box} ref={box} onKeyDown={onKeyDown}>
      <div className={classes.drawing} style={size}>
        <svg width={size.width} height={size.height} className={classes.lines} aria-hidden="true">
          <defs>
            <marker id="chain-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
              <path d="M1 1 7 4 1 7" fill="none" stroke="context-stroke" strokeWidth="1.4" />
            </marker>
          </defs>
          {edges.map((edge) => {
            const [from, to] = [cells.get(edge.from), cells.get(edge.to)];
            if (from === undefined || to === undefined) return null;
            return (
              <path
                key={keyOf(edge)}
                d={lineOf(from, to).path}
                className={classes.line}
                data-state={edge.state}
                markerEnd="url(#chain-arrow)"
              />
            );
          })}
        </svg>
        {edges.map((edge) => {
          const [from, to] = [cells.get(edge.from), cells.get(edge.to)];
          if (from === undefined || to === undefined) return null;
          const { label } = lineOf(from, to);
          return (
            <div key={keyOf(edge)} className={classes.label} style={label} aria-hidden="true">
              <span>{outcomeWords[edge.outcome]}</span>
              <span className="dim">{edge.delayMs === 0 ? "" : `+ ${durationText(edge.delayMs)}`}</span>
            </div>
          );
        })}
        <ol className={classes.nodes} aria-label="Chain, in the order in which it runs">
          {ordered.map((node) => {
            const cell = cells.get(node.scheduleId) ?? { column: 0, row: 0 };
            return (
              <li key={node.scheduleId} style={{ ...placeOf(cell), ...card }}>
                <Card
                  node={node}
                  nodes={byId}
                  edges={edges.filter(({ to }) => to === node.scheduleId)}
                  nameOf={nameOf}
                  isOwn={node.scheduleId === around}
                  zone={zone}
                />
              </li>
            );
          })}
        </ol>
      </div>
    </div>
  );
}

const keyOf = ({ from, to, outcome, delayMs }: ChainEdge): string => JSON.stringify([from, to, outcome, delayMs]);

/** Where an arrow key leads: along a link, or to the next card of the column. */
function neighbour(
  id: string,
  key: string,
  edges: readonly ChainEdge[],
  cells: ReadonlyMap<string, Cell>,
): string | null {
  if (key === "ArrowRight") return edges.find(({ from }) => from === id)?.to ?? null;
  if (key === "ArrowLeft") return edges.find(({ to }) => to === id)?.from ?? null;
  const own = cells.get(id);
  if (own === undefined || (key !== "ArrowDown" && key !== "ArrowUp")) return null;
  const way = key === "ArrowDown" ? 1 : -1;
  const column = [...cells].filter(([, cell]) => cell.column === own.column && (cell.row - own.row) * way > 0);
  column.sort(([, a], [, b]) => (a.row - b.row) * way);
  return column[0]?.[0] ?? null;
}

function Card(props: {
  node: ChainNode;
  nodes: ReadonlyMap<string, ChainNode>;
  /** Those that lead to it. */
  edges: readonly ChainEdge[];
  nameOf: (id: string) => string;
  isOwn: boolean;
  zone: string;
}) {
  const { node, nodes, edges, nameOf, isOwn, zone } = props;
  const content = (
    <>
      <span className={classes.name}>
        <State node={node} />
        <span className="ellipsis">{node.name}</span>
      </span>
      {edges.length > 0 && (
        <span className="visuallyHidden">{edges.map((edge) => edgeSentence(edge, nameOf(edge.from))).join(" ")}</span>
      )}
      <First node={node} trouble={isTrouble(node, nodes)} edges={edges} nameOf={nameOf} zone={zone} />
      <Second node={node} zone={zone} />
    </>
  );
  const tip = node.name.length > 22 ? node.name : undefined;
  if (node.status === "gone")
    return (
      <div className={classes.card} data-gone data-tip={tip}>
        {content}
      </div>
    );
  return (
    <Link
      to="/schedules/$id"
      params={{ id: node.scheduleId }}
      search={{ tab: "chain" }}
      className={classes.card}
      data-id={node.scheduleId}
      data-tip={tip}
      aria-current={isOwn ? "page" : undefined}
    >
      {content}
    </Link>
  );
}

/** The shape of what became of it last. */
function State({ node }: { node: ChainNode }) {
  if (node.stopped !== null) return <IconBan size={15} className={classes.stopIcon} aria-hidden="true" />;
  if (node.lastRun !== null) return <OutcomeIcon outcome={outcomeOf(node.lastRun.status, warningOf(node))} />;
  if (node.status === "paused") return <IconPlayerPause size={15} className={classes.stopIcon} aria-hidden="true" />;
  return <OutcomeIcon outcome="planned" />;
}

const warningOf = ({ lastRun }: ChainNode): string | null => (lastRun?.warning === true ? "warning" : null);

/** What became of it last, in a line. */
function First(props: {
  node: ChainNode;
  trouble: boolean;
  edges: readonly ChainEdge[];
  nameOf: (id: string) => string;
  zone: string;
}) {
  const { node, trouble, nameOf, zone } = props;
  const { stopped, lastRun } = node;
  const waiting = props.edges.find(({ waitsUntil }) => waitsUntil !== null);
  if (node.status === "gone") return <span className={classes.text}>Deleted: it starts nothing any more</span>;
  if (stopped !== null) {
    const words = `Did not run: ${stopWords(stopped, nameOf)}`;
    return (
      <span className={`${classes.text} ellipsis`} data-trouble={trouble || undefined} data-tip={words}>
        {words}
      </span>
    );
  }
  if (waiting?.waitsUntil != null)
    return (
      <span className={classes.text}>
        Starts <TimeText at={waiting.waitsUntil} zone={zone} focusable={false} />
      </span>
    );
  if (lastRun === null) return <span className={`${classes.text} dim`}>No run yet</span>;
  const outcome = outcomeOf(lastRun.status, warningOf(node));
  const at = lastRun.completedAt ?? lastRun.startedAt ?? lastRun.createdAt;
  return (
    <span className={`${classes.text} ellipsis`} style={{ color: outcomeColor(outcome, "text") }}>
      {outcomeNames[outcome]} <TimeText at={at} zone={zone} focusable={false} />
    </span>
  );
}

/** What else there is to know: its last run where its turn was left out, or when it fires by itself. */
function Second({ node, zone }: { node: ChainNode; zone: string }) {
  const { stopped, lastRun, when, status } = node;
  if (status === "gone") return null;
  if (stopped !== null)
    return (
      <span className={`${classes.text} dim ellipsis`}>
        {lastRun === null ? (
          "No run yet"
        ) : (
          <>
            Last run {outcomeNames[outcomeOf(lastRun.status, warningOf(node))].toLowerCase()}{" "}
            <TimeText at={lastRun.completedAt ?? lastRun.createdAt} zone={zone} focusable={false} />
          </>
        )}
      </span>
    );
  if (status === "paused") return <span className={`${classes.text} dim`}>Paused</span>;
  if (status === "ended") return <span className={`${classes.text} dim`}>Ended</span>;
  return (
    <span className={`${classes.text} dim ellipsis`} data-tip={when ?? undefined}>
      {when ?? ""}
    </span>
  );
}
