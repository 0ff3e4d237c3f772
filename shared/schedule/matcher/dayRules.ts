import { type FieldSet, parseField } from "../texts/fields.ts";
import type { DayFields } from "../types.ts";
import { dateOf, dayOf, daysInMonth, firstDayOfMonth, monthIndexOf, weekdayOf } from "../zone/civil.ts";

/** Which days match, as a bit mask of a month's days (bit 0 is the 1st). */
export interface DayRule {
  /** Days of the month with that index (`year * 12 + month - 1`). */
  maskOf(monthIndex: number): number;
  /** Whether days are counted from some day on, rather than told by date and weekday. */
  countsDays?: boolean;
  /** No day before this one matches. */
  fromDay?: number;
  /** Months in which a day can match: bit 0 is January. */
  monthBits: number;
  /** First and last year in which a day can match; null where years do not matter, so that the days repeat every 400 years. */
  years: readonly [first: number, last: number] | null;
  /** First and last year in which the days may be others than the calendar repeats; as `years` where left out. */
  special?: readonly [first: number, last: number] | null;
  /** Years of one calendar (length and weekdays) and one key have the same days. Left out where the calendar alone decides. */
  yearKey?(year: number): number | string;
}

/** The years of rules outside of which their days repeat with the Gregorian calendar. */
export function specialYears(rules: readonly DayRule[]): (readonly [first: number, last: number])[] {
  return rules
    .map((rule) => (rule.special === undefined ? rule.years : rule.special))
    .filter((years) => years !== null);
}

/** Several spans of years as one; null where there are none. */
export function spanOfYears(spans: readonly (readonly [number, number])[]): readonly [number, number] | null {
  if (spans.length === 0) return null;
  return [Math.min(...spans.map(([first]) => first)), Math.max(...spans.map(([, last]) => last))];
}

/** Years of the same key have the same days under all the rules, and the same dates and weekdays. */
export function createYearKey(rules: readonly DayRule[]): (year: number) => string {
  const keyed = rules.filter((rule) => rule.yearKey !== undefined);
  return (year) => {
    let key = `${weekdayOf(dayOf(year, 1, 1))}${daysInMonth(year, 2)}`;
    for (const rule of keyed) key += `,${rule.yearKey?.(year)}`;
    return key;
  };
}

/** Asks something of a year once for all years of the same key. */
export function rememberByYear(
  yearKey: (year: number) => string,
  ask: (year: number) => boolean,
): (year: number) => boolean {
  const known = new Map<string, boolean>();
  return (year) => {
    const key = yearKey(year);
    let answer = known.get(key);
    if (answer === undefined) {
      answer = ask(year);
      if (known.size > 1000) known.clear();
      known.set(key, answer);
    }
    return answer;
  };
}

export const ALL_MONTHS = 0xfff;

type MonthShape = (length: number, firstWeekday: number) => number;

function optional(
  name: "dayOfMonth" | "month" | "dayOfWeek" | "weekOfMonth" | "year",
  fields: DayFields,
): FieldSet | null {
  const value = fields[name];
  return value === undefined ? null : parseField(name, value);
}

function dayOfMonthMask(set: FieldSet, length: number, firstWeekday: number): number {
  let mask = 0;
  for (const day of set.values) if (day <= length) mask |= 1 << (day - 1);
  for (const back of set.fromEnd) if (back <= length) mask |= 1 << (length - back);
  const weekday = (day: number) => (firstWeekday + day - 1) % 7;
  for (const day of set.nearestWeekday) {
    if (day > length) continue;
    let nearest = day;
    // Saturday goes back and Sunday on, but never into another month.
    if (weekday(day) === 6) nearest = day > 1 ? day - 1 : day + 2;
    else if (weekday(day) === 0) nearest = day < length ? day + 1 : day - 2;
    mask |= 1 << (nearest - 1);
  }
  if (set.lastWeekday) {
    let day = length;
    while (weekday(day) === 0 || weekday(day) === 6) day--;
    mask |= 1 << (day - 1);
  }
  return mask;
}

function weekdayMask(set: FieldSet, length: number, firstWeekday: number): number {
  let mask = 0;
  for (let day = 1; day <= length; day++) {
    if (set.values.includes((firstWeekday + day - 1) % 7)) mask |= 1 << (day - 1);
  }
  return mask;
}

function weekOfMonthMask(set: FieldSet, length: number): number {
  let mask = 0;
  for (let day = 1; day <= length; day++) {
    const last = day > length - 7 && set.values.includes(-1);
    if (last || set.values.includes(Math.ceil(day / 7))) mask |= 1 << (day - 1);
  }
  return mask;
}

/** The rule of an entry's dates and weekdays, all of which must match. Throws FieldProblem. */
export function compileDates(fields: DayFields): DayRule {
  const dayOfMonth = optional("dayOfMonth", fields);
  const dayOfWeek = optional("dayOfWeek", fields);
  const weekOfMonth = optional("weekOfMonth", fields);
  const month = optional("month", fields);
  const year = optional("year", fields);
  return createDayRule(month?.values ?? null, year?.values ?? null, (length, firstWeekday) => {
    let mask = 0x7fffffff >>> (31 - length);
    if (dayOfMonth) mask &= dayOfMonthMask(dayOfMonth, length, firstWeekday);
    if (dayOfWeek) mask &= weekdayMask(dayOfWeek, length, firstWeekday);
    if (weekOfMonth) mask &= weekOfMonthMask(weekOfMonth, length);
    return mask;
  });
}

function createDayRule(months: readonly number[] | null, years: readonly number[] | null, shape: MonthShape): DayRule {
  const monthBits = months ? months.reduce((bits, month) => bits | (1 << (month - 1)), 0) : ALL_MONTHS;
  const yearSet = years && new Set(years);
  // A month's days are the same wherever its length and first weekday are.
  const masks = new Int32Array(4 * 7).fill(-1);
  return {
    monthBits,
    years: years && [years[0] as number, years.at(-1) as number],
    ...(yearSet ? { yearKey: (year: number) => (yearSet.has(year) ? 1 : 0) } : {}),
    maskOf(monthIndex) {
      const year = Math.floor(monthIndex / 12);
      const month = monthIndex - year * 12;
      if (((monthBits >>> month) & 1) === 0 || (yearSet && !yearSet.has(year))) return 0;
      const length = daysInMonth(year, month + 1);
      const firstWeekday = weekdayOf(firstDayOfMonth(monthIndex));
      const key = (length - 28) * 7 + firstWeekday;
      let mask = masks[key] as number;
      if (mask < 0) {
        mask = shape(length, firstWeekday);
        masks[key] = mask;
      }
      return mask;
    },
  };
}

/** Days that match all of the rules. */
export function allDaysRule(rules: readonly DayRule[]): DayRule {
  if (rules.length === 1) return rules[0] as DayRule;
  const bounds = rules.map((rule) => rule.years).filter((years) => years !== null);
  return {
    monthBits: rules.reduce((bits, rule) => bits & rule.monthBits, ALL_MONTHS),
    years:
      bounds.length === 0
        ? null
        : [Math.max(...bounds.map(([first]) => first)), Math.min(...bounds.map(([, last]) => last))],
    special: spanOfYears(specialYears(rules)),
    countsDays: rules.some((rule) => rule.countsDays),
    ...(rules.some((rule) => rule.yearKey) ? { yearKey: createYearKey(rules) } : {}),
    maskOf(monthIndex) {
      let mask = -1;
      for (const rule of rules) {
        if (mask === 0) return 0;
        mask &= rule.maskOf(monthIndex);
      }
      return mask;
    },
  };
}

/** Days that match any of the rules. */
export function anyDayRule(rules: readonly DayRule[]): DayRule {
  if (rules.length === 1) return rules[0] as DayRule;
  const bounds = rules.map((rule) => rule.years);
  const known = bounds.filter((years) => years !== null);
  return {
    monthBits: rules.reduce((bits, rule) => bits | rule.monthBits, 0),
    years:
      known.length < bounds.length
        ? null
        : [Math.min(...known.map(([first]) => first)), Math.max(...known.map(([, last]) => last))],
    special: spanOfYears(specialYears(rules)),
    countsDays: rules.some((rule) => rule.countsDays),
    ...(rules.some((rule) => rule.yearKey) ? { yearKey: createYearKey(rules) } : {}),
    maskOf(monthIndex) {
      let mask = 0;
      for (const rule of rules) mask |= rule.maskOf(monthIndex);
      return mask;
    },
  };
}

/** Days `from` to `to`, both included. */
export function rangeDayRule(from: number, to: number): DayRule {
  const [first, last] = [dateOf(from).year, dateOf(to).year];
  return {
    monthBits: ALL_MONTHS,
    years: [first, last],
    yearKey: (year) => (year === first || year === last ? year : year > first && year < last ? 1 : 0),
    maskOf(monthIndex) {
      const first = firstDayOfMonth(monthIndex);
      const length = firstDayOfMonth(monthIndex + 1) - first;
      const low = Math.max(0, from - first);
      const high = Math.min(length - 1, to - first);
      if (low > high) return 0;
      return (0x7fffffff >>> (30 - (high - low))) << low;
    },
  };
}

/** Every `step` days, counted from the day `origin`; none before `from`. */
export function everyDaysRule(origin: number, step: number, from: number): DayRule {
  return {
    monthBits: ALL_MONTHS,
    years: null,
    // Every day is any day, and every seventh is a weekday.
    countsDays: step !== 1 && step !== 7,
    fromDay: from,
    yearKey(year) {
      const first = dayOf(year, 1, 1);
      if (first + 366 <= from) return "none";
      const phase = step === 7 ? 0 : (((first - origin) % step) + step) % step;
      return first < from ? `from ${phase}` : phase;
    },
    maskOf(monthIndex) {
      const first = firstDayOfMonth(monthIndex);
      const length = firstDayOfMonth(monthIndex + 1) - first;
      const past = (((first - origin) % step) + step) % step;
      let mask = 0;
      for (let i = past === 0 ? 0 : step - past; i < length; i += step) if (first + i >= from) mask |= 1 << i;
      return mask;
    },
  };
}

/** Single days. */
export function datesDayRule(days: readonly number[]): DayRule {
  const masks = new Map<number, number>();
  for (const day of days) {
    const monthIndex = monthIndexOf(day);
    masks.set(monthIndex, (masks.get(monthIndex) ?? 0) | (1 << (day - firstDayOfMonth(monthIndex))));
  }
  const years = new Set([...masks.keys()].map((monthIndex) => Math.floor(monthIndex / 12)));
  return {
    monthBits: ALL_MONTHS,
    years: [dateOf(Math.min(...days)).year, dateOf(Math.max(...days)).year],
    yearKey: (year) => (years.has(year) ? year : 0),
    maskOf: (monthIndex) => masks.get(monthIndex) ?? 0,
  };
}
