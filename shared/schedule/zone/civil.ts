// Civil days are counted from 1970-01-01 in the proleptic Gregorian calendar, without any time zone.

export const DAY_MS = 86_400_000;
/** The years the calendar covers; searches end at these. */
export const FIRST_YEAR = 1;
export const LAST_YEAR = 9999;

/** Day number of a date (month 1–12). */
export function dayOf(year: number, month: number, dayOfMonth: number): number {
  // Years that begin in March put the leap day last.
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = (((month + (month > 2 ? -3 : 9)) * 153 + 2) / 5) | 0;
  return (
    era * 146_097 +
    yearOfEra * 365 +
    ((yearOfEra / 4) | 0) -
    ((yearOfEra / 100) | 0) +
    dayOfYear +
    dayOfMonth -
    1 -
    719_468
  );
}

/** Days in which the Gregorian calendar repeats, weekdays included; and one year more, for the year begun. */
export const CYCLE_DAYS = 146_097 + 366;
/**
 * Days in which every kind of year (28 or 29 days of February, any weekday first) comes up: 40 years at most, around a
 * century that is no leap year; and some more. What depends on dates and weekdays alone either occurs in these or never.
 */
export const ALL_KINDS_OF_YEAR_DAYS = 44 * 366;

/** First instant (UTC) of the calendar, and the one after its last. */
export const FIRST_AT = dayOf(FIRST_YEAR, 1, 1) * DAY_MS;
export const END_AT = dayOf(LAST_YEAR + 1, 1, 1) * DAY_MS;

/** Months since year 0 (`year * 12 + month - 1`) of a day. */
export function monthIndexOf(day: number): number {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra =
    ((dayOfEra - ((dayOfEra / 1460) | 0) + ((dayOfEra / 36_524) | 0) - ((dayOfEra / 146_096) | 0)) / 365) | 0;
  const dayOfYear = dayOfEra - (365 * yearOfEra + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0));
  const marchMonth = ((5 * dayOfYear + 2) / 153) | 0;
  // March is 0, so January and February belong to the following year: the sum carries over by itself.
  return (yearOfEra + era * 400) * 12 + marchMonth + 2;
}

export function yearOf(day: number): number {
  return Math.floor(monthIndexOf(day) / 12);
}

/** First day of the month with that index. */
export function firstDayOfMonth(monthIndex: number): number {
  const year = Math.floor(monthIndex / 12);
  return dayOf(year, monthIndex - year * 12 + 1, 1);
}

/** 0 is Sunday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Year, month and day of the month of a day number. */
export function dateOf(day: number): { year: number; month: number; dayOfMonth: number } {
  const monthIndex = monthIndexOf(day);
  const year = Math.floor(monthIndex / 12);
  return { year, month: monthIndex - year * 12 + 1, dayOfMonth: day - firstDayOfMonth(monthIndex) + 1 };
}

/** `YYYY-MM-DD` of a day number. */
export function dateText(day: number): string {
  const { year, month, dayOfMonth } = dateOf(day);
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(dayOfMonth).padStart(2, "0")}`;
}

/** Day number of a `YYYY-MM-DD` text; null where it is no date. */
export function parseDate(text: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return null;
  const [year, month, dayOfMonth] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (year < FIRST_YEAR || month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > daysInMonth(year, month))
    return null;
  return dayOf(year, month, dayOfMonth);
}

/** The date `n` days after `YYYY-MM-DD`. Throws a RangeError where the text is no date. */
export function addDays(text: string, n: number): string {
  const day = parseDate(text);
  if (day === null) throw new RangeError(`a date YYYY-MM-DD is expected; given: ${text.slice(0, 40)}`);
  return dateText(day + n);
}
