// One for all: made anew for each number it is a quarter of what a list costs to draw.
const grouped = new Intl.NumberFormat();

/** `1,234`, grouped as the reader's locale does. */
export function count(value: number): string {
  return grouped.format(value);
}

/** For where there is little room: `999`, `1.4k`, `12k`, `1.4M`. */
export function shortCount(value: number): string {
  if (value < 1000) return String(value);
  const [size, unit] = value < 999_500 ? [1000, "k"] : [1_000_000, "M"];
  const parts = value / size;
  return `${parts < 9.95 ? parts.toFixed(1) : Math.round(parts)}${unit}`;
}

/** `1 run`, `6 runs`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Whole per cent of `part` in `whole`; never 100 unless all, never 0 unless none. */
export function percent(part: number, whole: number): number {
  if (whole === 0) return 0;
  const exact = (part / whole) * 100;
  if (part < whole && exact > 99) return 99;
  if (part > 0 && exact < 1) return 1;
  return Math.round(exact);
}

/** `512 B`, `3.4 KiB`, `1 MiB`. */
export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : Number(size.toFixed(1))} ${units[unit]}`;
}

/** A size as the API takes it, such as `512MiB`, as it is read: `512 MiB`. */
export function sizeText(size: string): string {
  return size.replace(/(\d)\s*([A-Za-z])/, "$1 $2");
}
