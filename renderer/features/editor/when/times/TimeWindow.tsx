import { Button, Checkbox, Group } from "@mantine/core";
import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { isOverMidnight, timeOfDayText } from "../../../../../shared/schedule/texts/timesOfDay.ts";
import type { CalendarEntry } from "../../../../../shared/schedule/types.ts";
import { DurationInput } from "../../../../components/form/DurationInput.tsx";
import { plural } from "../../../../format/numbers.ts";
import { moveSpan, moveTime, type Span, timesOfDay, withFields } from "../../model/entry.ts";
import { Ruler } from "./Ruler.tsx";
import { DAY_MS, minutesOf, minutesOfKey, percentOf, timeAt } from "./ruler.ts";
import classes from "./Strip.module.css";
import { TimeField } from "./TimeField.tsx";

const steps = ["5m", "10m", "15m", "30m", "1h"];

/**
 * "Every 15 minutes between": a window on the day that is dragged as a whole or by its ends; the ends are sliders for the
 * keyboard. One over midnight is drawn in two parts, those of one day.
 */
export function TimeWindow(props: { entry: CalendarEntry; onChange: (entry: CalendarEntry, key?: string) => void }) {
  const { entry, onChange } = props;
  const strip = useRef<HTMLDivElement>(null);
  const span: Span = entry.between ?? ["00:00", "23:59"];
  const [from, to] = span;
  const held = useRef<{ end: 0 | 1 | "both"; offset: number } | null>(null);
  const gesture = useRef(0);
  const firings = timesOfDay(entry, 400);

  const overMidnight = isOverMidnight(span);
  const parts: readonly Span[] = overMidnight
    ? [
        ["00:00", to],
        [from, "24:00"],
      ]
    : [span];

  const setSpan = (next: Span, key?: string) => {
    if (next[0] !== from || next[1] !== to) onChange(withFields(entry, { between: next }), key);
  };
  // An end that is dragged stops at the other one: it is a typed time that makes a window go over midnight, or no more.
  const setEnd = (end: 0 | 1, time: string, key?: string) => {
    const next: Span = end === 0 ? [time, to] : [from, time];
    if (isOverMidnight(next) === overMidnight) setSpan(next, key);
  };
  const shift = (minutes: number, key?: string) => setSpan(moveSpan(span, minutes), key);

  const grab = (event: PointerEvent, end: 0 | 1 | "both") => {
    if (event.button !== 0 || strip.current === null) return;
    event.preventDefault();
    event.stopPropagation();
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    if (end !== "both") (event.currentTarget as HTMLElement).focus();
    held.current = { end, offset: minutesOf(timeAt(strip.current, event.clientX, 1)) - minutesOf(from) };
    gesture.current += 1;
  };
  const drag = (event: PointerEvent) => {
    if (held.current === null || strip.current === null) return;
    const key = `window:${gesture.current}`;
    const { end, offset } = held.current;
    const grain = event.shiftKey ? 1 : 5;
    if (end !== "both") return setEnd(end, timeAt(strip.current, event.clientX, grain), key);
    const at = minutesOf(timeAt(strip.current, event.clientX, 1)) - offset;
    const start = Math.round(at / grain) * grain;
    shift(start - minutesOf(from), key);
  };
  const release = () => {
    held.current = null;
  };
  const press = (event: KeyboardEvent, end: 0 | 1) => {
    const minutes = minutesOfKey(event.key, event.shiftKey);
    if (minutes === null) return;
    event.preventDefault();
    setEnd(end, moveTime(span[end], minutes), "window:key");
  };

  return (
    <>
      <Group gap="sm" align="end">
        <DurationInput
          label="Every"
          value={entry.every ?? ""}
          onChange={(every) => onChange(withFields(entry, { every }), "every")}
        />
        <Group gap={4} role="group" aria-label="Usual steps">
          {steps.map((step) => (
            <Button
              key={step}
              variant={entry.every === step ? "light" : "default"}
              aria-pressed={entry.every === step}
              onClick={() => onChange(withFields(entry, { every: step }))}
            >
              {step}
            </Button>
          ))}
        </Group>
      </Group>
      <Ruler stripRef={strip}>
        {parts.map(([first, last], part) => {
          const end = last === "24:00" ? 100 : percentOf(last);
          return (
            <div
              // biome-ignore lint/suspicious/noArrayIndexKey: the part that is held stays the same while its times change
              key={part}
              className={classes.window}
              style={{ left: `${percentOf(first)}%`, width: `${end - percentOf(first)}%` }}
              onPointerDown={(event) => grab(event, "both")}
              onPointerMove={drag}
              onPointerUp={release}
              onPointerCancel={release}
            />
          );
        })}
        {firings.map((at) => (
          <i key={at} className={classes.firing} style={{ left: `${(at / DAY_MS) * 100}%` }} />
        ))}
        {([0, 1] as const).map((end) => (
          <button
            key={end}
            type="button"
            role="slider"
            className={classes.handle}
            style={{ left: `${percentOf(span[end])}%` }}
            aria-label={end === 0 ? "First time of the window" : "Last time of the window"}
            aria-valuemin={0}
            aria-valuemax={1439}
            aria-valuenow={minutesOf(span[end])}
            aria-valuetext={span[end]}
            onKeyDown={(event) => press(event, end)}
            onPointerDown={(event) => grab(event, end)}
            onPointerMove={drag}
            onPointerUp={release}
            onPointerCancel={release}
          />
        ))}
      </Ruler>
      <Group gap="sm">
        <Group gap={6}>
          <span className="dim">between</span>
          <TimeField label="First time" value={from} onChange={(time, key) => setSpan([time, to], key)} />
          <span className="dim">and</span>
          <TimeField label="Last time" value={to} onChange={(time, key) => setSpan([from, time], key)} />
        </Group>
        <Checkbox
          label="All day"
          checked={entry.between === undefined}
          onChange={(event) =>
            onChange(withFields(entry, { between: event.currentTarget.checked ? undefined : ["09:00", "17:00"] }))
          }
        />
        <span className="dim">
          {firings.length > 0 &&
            (overMidnight
              ? `${plural(firings.length, "time")} a day: until ${to}, and from ${from}`
              : `${plural(firings.length, "time")} a day, the last at ${timeOfDayText(firings.at(-1) ?? 0)}`)}
        </span>
      </Group>
    </>
  );
}
