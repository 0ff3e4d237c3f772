import type { ListRunsInput } from "../../../shared/api/runs.ts";

const dateOnly = /^\d{4}-\d\d-\d\d$/;

const isInstant = (text: string | undefined): text is string =>
  text !== undefined && !dateOnly.test(text) && !Number.isNaN(Date.parse(text));

/** Midnight of a local date, as an instant. */
function midnight(date: string, plusDays = 0): string {
  const [year = 1970, month = 1, day = 1] = date.split("-").map(Number);
  return new Date(year, month - 1, day + plusDays).toISOString();
}

/** From one instant to another, as the calendar links to it; null where an address says no such thing. */
export function exactRange({ from, to }: { from?: string | undefined; to?: string | undefined }) {
  return isInstant(from) && isInstant(to)
    ? { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
    : null;
}

/** A date that an address names; null where it is none. */
export const dateOf = (text: string | undefined): string | null =>
  text !== undefined && dateOnly.test(text) && !Number.isNaN(Date.parse(text)) ? text : null;

/** What an address narrows a list of runs to: a time exactly, by when runs were due; or whole local days, by when they were made. */
export function rangeInput(search: { from?: string | undefined; to?: string | undefined }): Partial<ListRunsInput> {
  const exact = exactRange(search);
  if (exact !== null) return { scheduledFrom: exact.from, scheduledTo: exact.to };
  const [from, to] = [dateOf(search.from), dateOf(search.to)];
  return { ...(from === null ? {} : { from: midnight(from) }), ...(to === null ? {} : { to: midnight(to, 1) }) };
}
