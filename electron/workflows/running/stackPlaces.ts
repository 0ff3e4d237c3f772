import { SourceMap, type SourceMapPayload } from "node:module";

const maps = new Map<string, SourceMap>();

/** Remembers where the lines of a compiled file come from; null where they are the file's own. */
export function noteLines(file: string, map: string | null): void {
  if (map === null) maps.delete(file);
  else maps.set(file, new SourceMap(JSON.parse(map) as SourceMapPayload));
}

/** A stack with the places that the person wrote in stead of those that were compiled. */
export function originalPlaces(stack: string): string {
  if (maps.size === 0) return stack;
  return stack.replace(/((?:\/|[A-Za-z]:[\\/])[^\s():]*):(\d+):(\d+)/g, (place: string, file: string, line, column) => {
    const found = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (found === undefined || !("originalLine" in found)) return place;
    return `${file}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  });
}
