/** A schedule's place in the drawing: columns from left to right, rows from the top, both from 0. */
export interface Cell {
  column: number;
  row: number;
}

export interface Link {
  from: string;
  to: string;
}

/**
 * Where each schedule of a chain stands: in the column after the last of those that start it, so that every link leads to the
 * right; one that alone follows another in the same row. No two share a cell.
 */
export function placeChain(ids: readonly string[], links: readonly Link[]): Map<string, Cell> {
  const known = new Set(ids);
  const own = links.filter(({ from, to }) => known.has(from) && known.has(to) && from !== to);
  const sources = new Map<string, string[]>();
  for (const { from, to } of own) sources.set(to, [...(sources.get(to) ?? []), from]);

  const columns = new Map<string, number>();
  const columnOf = (id: string, way: ReadonlySet<string>): number => {
    const known = columns.get(id);
    if (known !== undefined) return known;
    // The engine refuses circles; what another program has written is drawn all the same.
    const before = (sources.get(id) ?? []).filter((source) => !way.has(source));
    const inside = new Set([...way, id]);
    const column = before.length === 0 ? 0 : 1 + Math.max(...before.map((source) => columnOf(source, inside)));
    columns.set(id, column);
    return column;
  };
  for (const id of ids) columnOf(id, new Set([id]));

  /** Below which of its sources it stands: the first in the column before. */
  const children = new Map<string, string[]>();
  const roots: string[] = [];
  for (const id of ids) {
    const column = columns.get(id) ?? 0;
    const parent = (sources.get(id) ?? []).find((source) => columns.get(source) === column - 1);
    if (parent === undefined) roots.push(id);
    else children.set(parent, [...(children.get(parent) ?? []), id]);
  }

  const cells = new Map<string, Cell>();
  let free = 0;
  const place = (id: string): number => {
    const rows = (children.get(id) ?? []).map(place);
    const row = rows[0] ?? free++;
    cells.set(id, { column: columns.get(id) ?? 0, row });
    return row;
  };
  for (const root of roots) place(root);
  return cells;
}

/** Where each of a chain stands, the same whichever of them it is asked around. */
export const cellsOf = (chain: { nodes: readonly { scheduleId: string }[]; edges: readonly Link[] }) =>
  placeChain(chain.nodes.map(({ scheduleId }) => scheduleId).sort(), chain.edges);

/** Schedules in the order in which a chain runs: by column, then by row. */
export function inOrder<T extends { scheduleId: string }>(nodes: readonly T[], cells: ReadonlyMap<string, Cell>): T[] {
  const at = (node: T): Cell => cells.get(node.scheduleId) ?? { column: 0, row: 0 };
  return [...nodes].sort((a, b) => at(a).column - at(b).column || at(a).row - at(b).row);
}

/** Sizes in px; the stylesheet has none of them. */
export const card = { width: 196, height: 74 };
const gap = { x: 100, y: 18 };
/** Above the first row, where links that pass over columns run. */
const margin = 14;

export const placeOf = ({ column, row }: Cell) => ({
  left: column * (card.width + gap.x),
  top: margin + row * (card.height + gap.y),
});

export const sizeOf = (cells: Iterable<Cell>) => {
  let [width, height] = [card.width, card.height];
  for (const cell of cells) {
    const { left, top } = placeOf(cell);
    width = Math.max(width, left + card.width);
    height = Math.max(height, top + card.height);
  }
  return { width, height: height + 2 };
};

/** How far from a card's edge a line turns. */
const turn = 14;

/** The line of a link as an SVG path, and where its words stand: before the card that it leads to. */
export function lineOf(from: Cell, to: Cell): { path: string; label: { left: number; top: number; width: number } } {
  const start = placeOf(from);
  const end = placeOf(to);
  const [x1, y1] = [start.left + card.width, start.top + card.height / 2];
  const [x2, y2] = [end.left, end.top + card.height / 2];
  const label = { left: x2 - gap.x + turn, top: y2, width: gap.x - turn - 8 };
  if (to.column - from.column === 1) {
    const path = y1 === y2 ? `M${x1} ${y1}H${x2}` : `M${x1} ${y1}H${x1 + turn}V${y2}H${x2}`;
    return { path, label };
  }
  // Between the rows no card stands in the way.
  const lane = end.top - gap.y / 2;
  const before = x2 - gap.x + turn / 2;
  return { path: `M${x1} ${y1}H${x1 + turn}V${lane}H${before}V${y2}H${x2}`, label };
}
