import type { Span } from "../../components/timeline/scale.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The lengths that are read: with half of one more on top, each stays within a finer step of counting. */
const lengths = [
  2 * minuteMs,
  10 * minuteMs,
  30 * minuteMs,
  hourMs,
  2 * hourMs,
  6 * hourMs,
  dayMs,
  5 * dayMs,
  20 * dayMs,
  80 * dayMs,
  260 * dayMs,
];

/**
 * What is read for a view: all of `whole` while most of it is in view, else a stretch somewhat longer than the view. It
 * changes only once a view leaves it or is far shorter, so that moving a little reads nothing anew.
 */
export function readSpan(view: Span, whole: Span): Span {
  const length = view.to - view.from;
  if (view.from >= whole.from && view.to <= whole.to && length * 4 >= whole.to - whole.from) return whole;
  const read = lengths.find((each) => each >= length);
  if (read === undefined)
    return { from: Math.floor(view.from / dayMs) * dayMs, to: Math.ceil(view.to / dayMs) * dayMs };
  const from = Math.floor(view.from / (read / 2)) * (read / 2);
  return { from, to: from + 1.5 * read };
}
