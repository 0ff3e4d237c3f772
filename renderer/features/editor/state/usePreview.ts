import { useEffect, useMemo, useRef, useState } from "react";
import type { ExclusionCalendar, ScheduleSpec } from "../../../../shared/schedule/types.ts";
import type { NameOfSchedule } from "../../../../shared/schedule/words/describe.ts";
import { type Collision, createCollisionSearch, type OtherSchedule } from "../model/collisions.ts";
import type { ExclusionItem } from "../model/draft.ts";
import { removedBy } from "../model/effects.ts";
import { type Preview, previewOf, yearSpan } from "../model/preview.ts";

type Calendars = ReadonlyMap<string, ExclusionCalendar>;

/** The preview of a spec. Its time is kept as a measure named `preview` for whoever profiles the page. */
export function usePreview(
  spec: ScheduleSpec,
  anchorAt: number,
  calendars: Calendars,
  now: number,
  year: number,
  nameOf: NameOfSchedule,
): Preview {
  return useMemo(() => {
    const start = performance.now();
    const preview = previewOf(spec, { anchorAt, calendars }, now, year, nameOf);
    performance.measure("preview", { start, end: performance.now() });
    return preview;
  }, [spec, anchorAt, calendars, now, year, nameOf]);
}

/** The preview, or while something half typed is refused the one before, so that the page does not jump at every letter. */
export function useLastReady(preview: Preview): Preview {
  const last = useRef(preview);
  if (preview.compiled !== null) last.current = preview;
  return preview.compiled === null && !preview.isEmpty ? last.current : preview;
}

/** Runs each exclusion takes away in the year, by its id. Told a moment after the last keystroke. */
export function useRemoved(
  spec: ScheduleSpec,
  exclusions: readonly ExclusionItem[],
  anchorAt: number,
  calendars: Calendars,
  zone: string,
  year: number,
): ReadonlyMap<string, number | null> {
  const [removed, setRemoved] = useState<ReadonlyMap<string, number | null>>(new Map());
  useEffect(() => {
    const timer = setTimeout(() => {
      const [from, to] = yearSpan(zone, year);
      const known = zone === spec.timezone ? spec : { ...spec, timezone: zone };
      const values = exclusions.map((item) => item.value);
      const counts = removedBy(known, values, { anchorAt, calendars }, from, to);
      const told = new Map(exclusions.map((item, i) => [item.id, counts[i] ?? null]));
      setRemoved((before) => (JSON.stringify([...before]) === JSON.stringify([...told]) ? before : told));
    }, 80);
    return () => clearTimeout(timer);
  }, [spec, exclusions, anchorAt, calendars, zone, year]);
  return removed;
}

/** So long a search goes on before the page has its turn. */
const FRAME_SHARE_MS = 8;

/** What else fires at these instants, found in slices between frames. */
export function useCollisions(
  times: readonly number[],
  others: readonly OtherSchedule[],
  calendars: Calendars,
): readonly Collision[] {
  const find = useMemo(() => createCollisionSearch(others, calendars), [others, calendars]);
  const [collisions, setCollisions] = useState<readonly Collision[]>([]);
  useEffect(() => {
    const search = find(times);
    const step = () => {
      const until = performance.now() + FRAME_SHARE_MS;
      let { done, value } = search.next();
      while (!done && performance.now() < until) ({ done, value } = search.next());
      if (value) setCollisions((before) => (before.length === 0 && value.length === 0 ? before : value));
      else timer = setTimeout(step);
    };
    let timer = setTimeout(step, 20);
    return () => clearTimeout(timer);
  }, [times, find]);
  return collisions;
}
