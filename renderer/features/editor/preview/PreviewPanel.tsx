import { memo, useDeferredValue, useMemo } from "react";
import type { HeatDay } from "../../../../shared/api/schedules.ts";
import { toLocal } from "../../../../shared/schedule/zone/zone.ts";
import { type DayMark, YearHeatmap } from "../../../components/outcomes/YearHeatmap.tsx";
import { count, plural } from "../../../format/numbers.ts";
import { clockTime, localDate } from "../../../format/time.ts";
import { useTimeFormat } from "../../../format/useTimeFormat.ts";
import type { Collision } from "../model/collisions.ts";
import type { WhenDraft } from "../model/draft.ts";
import { lackingOf } from "../model/lacking.ts";
import type { Preview } from "../model/preview.ts";
import { useKept } from "../state/useKept.ts";
import { DaylightNotes } from "./DaylightNotes.tsx";
import { NextRuns } from "./NextRuns.tsx";
import classes from "./PreviewPanel.module.css";

const Year = memo(YearHeatmap);
const none = { completed: 0, failed: 0, missed: 0, skipped: 0, cancelled: 0, running: 0, backfilled: 0 };

/** What the draft means, always up to date: sentence, next runs, the year, clock changes, collisions, what an edit moves. */
export function PreviewPanel(props: {
  preview: Preview;
  /** What is drawn: the preview, or while it is refused the last one that was not, faded. */
  shown: Preview;
  /** What is created now runs at once, where the preview says so. */
  isCreated: boolean;
  when: WhenDraft;
  now: number;
  year: number;
  onYear: (year: number) => void;
  /** A click on a day: exclude it, or take it back. */
  onDay: (date: string) => void;
  onRange: (from: string, to: string) => void;
  /** What the last click in the year did. */
  notice: string;
  collisions: readonly Collision[];
  /** What is wrong is said at an entry or another field. */
  isPlaced: boolean;
}) {
  const { preview, shown, year } = props;
  const format = useTimeFormat();
  const today = localDate(props.now, preview.zone);
  // A year is a great many cells: it is drawn anew only when its days change, and a moment after the rest.
  const shownDays = useDeferredValue(useKept(shown.days));
  const shownNotes = useDeferredValue(useKept(shown.notes));
  const days = useMemo(
    () =>
      [...shownDays]
        // What has passed is nobody's plan any more.
        .filter(([date, day]) => day.runs > 0 && date >= today)
        .map(([date, day]): HeatDay => ({ date, planned: day.runs, ...none })),
    [shownDays, today],
  );
  const marks = useMemo(() => marksOf(shownDays, shownNotes), [shownDays, shownNotes]);
  const lacking = lackingText(props.when);
  return (
    <section className={classes.panel} aria-labelledby="preview-title">
      <h2 id="preview-title" className="visuallyHidden">
        Preview
      </h2>
      <div className={classes.says}>
        {lacking !== null ? (
          <p className={classes.empty}>{lacking}</p>
        ) : (
          <Sentence preview={preview} shown={shown} isPlaced={props.isPlaced} />
        )}
        {preview.unknownZone !== null && (
          <p className={classes.warning}>{preview.unknownZone} is not known here: these times are UTC.</p>
        )}
      </div>
      <div className={classes.times} data-stale={shown !== preview || undefined}>
        <div className={classes.year}>
          <Year
            year={year}
            days={days}
            today={today}
            marks={marks}
            onYear={props.onYear}
            onDay={props.onDay}
            onRange={props.onRange}
            dayHint="Click to exclude it, or to take it back"
            legend={false}
            folded
            aside={props.notice}
          />
          <p className={classes.total}>
            {shown.compiled === null
              ? ""
              : shown.byEvents
                ? "On events alone: nobody knows the day before"
                : `${runsOfYear(shown, year, today)}${excludedText(shown)}`}
          </p>
          <MarkLegend marks={marks} />
        </div>
        <div className={classes.runsColumn}>
          <NextRuns
            times={shown.next}
            whenCreated={props.isCreated && shown.beginsNow}
            zone={preview.zone}
            now={props.now}
            collisions={props.collisions}
            unsure={shown.compiled?.followsCompletion ?? false}
          />
          <CollisionLine collisions={props.collisions} zone={preview.zone} format={format} />
        </div>
      </div>
      <DaylightNotes notes={shownNotes} zone={preview.zone} dst={props.when.dst} format={format} />
    </section>
  );
}

/** `33 more runs in 2026` of the year that is going on, and all of another one. */
function runsOfYear(preview: Preview, year: number, today: string): string {
  if (today.startsWith(`${year}-`))
    return `${count(preview.runsLeft)} more ${preview.runsLeft === 1 ? "run" : "runs"} in ${year}`;
  return `${plural(preview.runsInYear, "run")} in ${year}`;
}

/** What is still to be chosen before there is anything to preview. */
function lackingText(when: WhenDraft): string | null {
  if (when.cards.length === 0) return "Add an entry, and here is when it runs.";
  const lacking = when.cards.flatMap((card) => lackingOf(card) ?? []);
  return lacking[0] ?? null;
}

function Sentence({ preview, shown, isPlaced }: { preview: Preview; shown: Preview; isPlaced: boolean }) {
  if (preview.sentence !== null && preview.neverFires === null) {
    return (
      <p className={classes.sentence} role="status">
        {preview.sentence}
      </p>
    );
  }
  // What is wrong is said where it can be put right; here stays what it meant before.
  if (isPlaced && preview.neverFires === null) {
    return (
      <p className={classes.sentence} data-stale>
        {shown.sentence}
      </p>
    );
  }
  return (
    <p className={classes.sentence} data-problem role="status">
      {preview.sentence !== null && <span className="dim">{preview.sentence}. </span>}
      {preview.neverFires ?? preview.issues[0]?.message}
    </p>
  );
}

function excludedText(preview: Preview): string {
  let removed = 0;
  for (const day of preview.days.values()) removed += day.removed;
  return removed === 0 ? "" : `, ${count(removed)} removed by exclusions`;
}

function marksOf(days: Preview["days"], notes: Preview["notes"]): Record<string, DayMark> {
  const marks: Record<string, DayMark> = {};
  for (const [date, day] of days) {
    if (day.removed > 0) {
      marks[date] = { kind: day.runs === 0 ? "excluded" : "changed", text: `${plural(day.removed, "run")} removed` };
    }
  }
  for (const note of notes) marks[note.date] = { kind: "clock", text: note.text };
  return marks;
}

const markWords = {
  excluded: { text: "excluded", shape: <path d="M1 10l9-9" className={classes.markLine} /> },
  changed: { text: "some runs removed", shape: <circle cx="5.5" cy="5.5" r="2.6" className={classes.markShape} /> },
  clock: { text: "clocks change", shape: <path d="M5.5 1.5 9.5 5.5 5.5 9.5 1.5 5.5z" className={classes.markShape} /> },
} as const;

/** What the marks on the days mean, of those that the year has. */
function MarkLegend({ marks }: { marks: Record<string, DayMark> }) {
  const kinds = new Set(Object.values(marks).map((mark) => mark.kind));
  // Its place is kept, so that what a click marks moves nothing.
  return (
    <ul className={classes.legend} aria-label="Marks">
      {(["excluded", "changed", "clock"] as const)
        .filter((kind) => kinds.has(kind))
        .map((kind) => (
          <li key={kind}>
            <svg width={11} height={11} aria-hidden="true">
              {markWords[kind].shape}
            </svg>
            {markWords[kind].text}
          </li>
        ))}
    </ul>
  );
}

function CollisionLine(props: {
  collisions: readonly Collision[];
  zone: string;
  format: ReturnType<typeof useTimeFormat>;
}) {
  const lines = useMemo(() => {
    // By time of day: what meets every morning is one thing to say and not ten.
    const byTime = new Map<string, { at: number; names: Set<string> }>();
    for (const { at, names } of props.collisions) {
      const local = toLocal(props.zone, at);
      const key = `${local.hour}:${local.minute}:${local.second}`;
      const known = byTime.get(key) ?? { at, names: new Set<string>() };
      for (const name of names) known.names.add(name);
      byTime.set(key, known);
    }
    return [...byTime].slice(0, 4).map(([key, { at, names }]) => ({ key, at, names: [...names] }));
  }, [props.collisions, props.zone]);
  if (lines.length === 0) return null;
  return (
    <ul className={classes.collisions} aria-label="Other schedules at the same times">
      {lines.map(({ key, at, names }) => (
        <li key={key}>
          At {clockTime(at, { ...props.format, zone: props.zone })} also: {names.slice(0, 3).join(", ")}
          {names.length > 3 ? ` and ${count(names.length - 3)} more` : ""}{" "}
          <span className="dim">({count(names.length + 1)} at once)</span>
        </li>
      ))}
    </ul>
  );
}
