import { SpecError } from "../../../../shared/schedule/errors.ts";
import { cronToSpec, specToCron } from "../../../../shared/schedule/texts/convert.ts";
import { isInDays, readDuration } from "../../../../shared/schedule/texts/duration.ts";
import { FieldProblem } from "../../../../shared/schedule/texts/fields.ts";
import { timeOfDayText } from "../../../../shared/schedule/texts/timesOfDay.ts";
import type { DstPolicy, IntervalEntry } from "../../../../shared/schedule/types.ts";
import { toLocal } from "../../../../shared/schedule/zone/zone.ts";
import type { Card, CardKind, NewCard } from "./draft.ts";

/** A card in another form, and what the other form cannot say. No cards where nothing can be kept. */
export interface Conversion {
  cards: readonly NewCard[];
  lost: readonly string[];
}

const DAY_MS = 86_400_000;

/** How the schedule's clock goes: its zone, and what becomes of times where that changes. */
interface LocalClock {
  zone: string;
  dst?: DstPolicy | undefined;
}

/** Says a card in another form. `anchorAt` (epoch ms) is the phase of an interval that has none of its own. */
export function convertCard(card: Card, kind: CardKind, clock: LocalClock, anchorAt: number): Conversion {
  if (card.kind === kind) return { cards: [card], lost: [] };
  try {
    if (card.kind === "at" || kind === "at") {
      return { cards: [], lost: ["Single times come once; cron, intervals and calendar entries repeat."] };
    }
    if (card.kind === "on" || kind === "on") return { cards: [], lost: ["An event is no time."] };
    if (card.kind === "interval") return fromInterval(card.value, kind, clock, anchorAt);
    if (kind === "interval") {
      return { cards: [], lost: ["An interval has no days, times or months: it counts from one run to the next."] };
    }
    return card.kind === "cron" ? cronToCalendar(card.value) : calendarToCron(card, clock);
  } catch (error) {
    if (error instanceof SpecError || error instanceof FieldProblem) {
      return { cards: [], lost: ["Put right what is marked first."] };
    }
    throw error;
  }
}

function cronToCalendar(expression: string): Conversion {
  const { calendar, timezone, lost } = cronToSpec(expression);
  return {
    cards: calendar.map((value) => ({ kind: "calendar", value })),
    lost: [
      ...lost.map((item) => item.message),
      ...(timezone === undefined
        ? []
        : [`An entry has no zone of its own: ${timezone} becomes the zone of the schedule.`]),
    ],
  };
}

function calendarToCron(card: Card & { kind: "calendar" }, { zone, dst = "vixie" }: LocalClock): Conversion {
  const { cron, lost } = specToCron({ calendar: [card.value], timezone: zone, dst });
  return {
    cards: cron.map((value) => ({ kind: "cron", value })),
    lost: lost.map((item) => item.message),
  };
}

function fromInterval(value: string | IntervalEntry, kind: CardKind, clock: LocalClock, anchorAt: number): Conversion {
  const { zone } = clock;
  const { every, anchor, from } =
    typeof value === "string" ? { every: value, anchor: undefined, from: undefined } : value;
  const read = readDuration(every);
  if ("problem" in read) return { cards: [], lost: [read.problem] };
  const weekly = read.ms === 7 * DAY_MS && isInDays(every);
  if (!weekly && (DAY_MS % read.ms !== 0 || read.ms % 1000 !== 0)) {
    return { cards: [], lost: [`Every ${every} does not come out even with a day, so no times of day say it.`] };
  }
  const lost = from === "completion" ? ["It no longer waits for the end of each run."] : [];
  const local = toLocal(zone, anchor === undefined ? anchorAt : Date.parse(anchor));
  const phase = (local.hour * 3600 + local.minute * 60 + local.second) * 1000;
  const first = phase % read.ms;
  const entry =
    read.ms >= DAY_MS
      ? { ...(weekly ? { dayOfWeek: local.weekday } : {}), times: [timeOfDayText(phase)] }
      : first === 0
        ? { every }
        : { every, between: [timeOfDayText(first), timeOfDayText(DAY_MS - read.ms + first)] as const };
  if (!isInDays(every) && zone !== "UTC")
    lost.push("Times of day follow the clock where it changes; an interval counts real time.");
  if (kind === "calendar") return { cards: [{ kind: "calendar", value: entry }], lost };
  const cron = calendarToCron({ id: "", kind: "calendar", value: entry }, clock);
  return { cards: cron.cards, lost: [...lost, ...cron.lost] };
}
