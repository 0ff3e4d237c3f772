import { diffLines } from "diff";

export interface DiffLine {
  kind: "same" | "added" | "removed" | "folded";
  text: string;
}

/** So many lines on either side of a change are shown; what lies between is folded. */
const context = 3;
/** Two texts that have little in common are told as such after so long. */
const timeoutMs = 500;

const linesOf = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

/** What a text has that another has not, line by line. Null where they are the same. */
export function lineDiff(before: string, after: string): DiffLine[] | null {
  if (before === after) return null;
  const end = (text: string) => (text === "" || text.endsWith("\n") ? text : `${text}\n`);
  const parts = diffLines(end(before), end(after), { timeout: timeoutMs }) ?? [
    { value: before, removed: true, added: false },
    { value: after, added: true, removed: false },
  ];
  const lines = parts.flatMap(({ value, added, removed }) =>
    linesOf(value).map((text): DiffLine => ({ kind: added ? "added" : removed ? "removed" : "same", text })),
  );
  return lines.some(({ kind }) => kind !== "same") ? folded(lines) : null;
}

function folded(lines: readonly DiffLine[]): DiffLine[] {
  const shown = new Set<number>();
  lines.forEach(({ kind }, index) => {
    if (kind === "same") return;
    for (let near = index - context; near <= index + context; near++) shown.add(near);
  });
  const result: DiffLine[] = [];
  let hidden = 0;
  const fold = () => {
    if (hidden > 0) result.push({ kind: "folded", text: hidden === 1 ? "1 line alike" : `${hidden} lines alike` });
    hidden = 0;
  };
  lines.forEach((line, index) => {
    if (shown.has(index)) {
      fold();
      result.push(line);
    } else hidden++;
  });
  fold();
  return result;
}
