const units: Readonly<Record<string, number>> = { M: 1, MB: 1, MIB: 1, G: 1024, GB: 1024, GIB: 1024 };
const MOST_MIB = 1_048_576;

/** A size such as `512MiB` or `2GiB` in MiB; 0 for `none`. Throws an Error that says what would be taken. */
export function parseMemory(text: string): number {
  if (text.trim().toLowerCase() === "none") return 0;
  const found = /^(\d{1,7})\s*([A-Za-z]{1,3})?$/.exec(text.trim());
  const unit = units[(found?.[2] ?? "MiB").toUpperCase()];
  const size = found === null || unit === undefined ? Number.NaN : Number(found[1]) * unit;
  if (!(size >= 64 && size <= MOST_MIB)) throw new Error("a size from 64MiB to 1024GiB, such as 512MiB, or none");
  return size;
}

/** The same; null where the text is no size. */
export function readMemory(text: string): number | null {
  try {
    return parseMemory(text);
  } catch {
    return null;
  }
}

/** The shortest text that parses to as many MiB. */
export function formatMemory(mib: number): string {
  if (mib === 0) return "none";
  return mib % 1024 === 0 ? `${mib / 1024}GiB` : `${mib}MiB`;
}
