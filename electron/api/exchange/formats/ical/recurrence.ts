/**
 * The occurrences of an iCalendar rule (RFC 5545) in local time. Local times are counted as if they were UTC: epoch ms of
 * what the clock shows. Every period of a rule (a year, month, week or day) is looked at whole, so that nothing is searched
 * for: a rule that no date fits costs what any other does.
 */

export type Frequency = "YEARLY" | "MONTHLY" | "WEEKLY" | "DAILY" | "HOURLY" | "MINUTELY" | "SECONDLY";

export interface Rule {
  freq: Frequency;
  interval: number;
  count: number | null;
  /** Local ms, included. */
  until: number | null;
  byMonth: readonly number[];
  byWeekNo: readonly number[];
  byYearDay: readonly number[];
  byMonthDay: readonly number[];
  /** `n` of the month or year, from its end where negative; 0 where each is meant. */
  byDay: readonly { n: number; weekday: number }[];
  byHour: readonly number[];
  byMinute: readonly number[];
  bySecond: readonly number[];
  bySetPos: readonly number[];
  /** 0 is Sunday. */
  weekStart: number;
}

/** Periods and times that the rules of one file may still go through. */
export interface Budget {
  left: number;
}

/** A rule that goes through more than a file may. */
export class RuleTooLong extends Error {}

export const DAY_MS = 86_400_000;
const stepMs = { HOURLY: 3_600_000, MINUTELY: 60_000, SECONDLY: 1000 } as const;

const dayNumber = (at: number): number => Math.floor(at / DAY_MS);
const firstDay = (year: number, month: number): number => dayNumber(Date.UTC(year, month, 1));
export const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;

/** A day with what the parts of a rule ask about it. */
function partsOf(day: number) {
  const date = new Date(day * DAY_MS);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const [yearFirst, monthFirst] = [firstDay(year, 0), firstDay(year, month)];
  return {
    month: month + 1,
    weekday: weekdayOf(day),
    ofMonth: day - monthFirst + 1,
    monthLength: firstDay(year, month + 1) - monthFirst,
    ofYear: day - yearFirst + 1,
    yearLength: firstDay(year + 1, 0) - yearFirst,
    year,
  };
}

/** Whether a position from the front, or one from the back, is in a list. */
const isAt = (list: readonly number[], position: number, length: number): boolean =>
  list.includes(position) || list.includes(position - length - 1);

/** Number of a day's week and how many its year has; weeks begin on `weekStart`, and the first has four days of the year. */
function weekOf(day: number, weekStart: number): [number: number, weeks: number] {
  const start = day - ((weekdayOf(day) - weekStart + 7) % 7);
  const year = new Date((start + 3) * DAY_MS).getUTCFullYear();
  const firstOf = (y: number): number => {
    const fourth = firstDay(y, 0) + 3;
    return fourth - ((weekdayOf(fourth) - weekStart + 7) % 7);
  };
  return [(start - firstOf(year)) / 7 + 1, (firstOf(year + 1) - firstOf(year)) / 7];
}

/** Whether a rule has a day, and with which parts of the start where the rule leaves them out. */
function createDayTest(rule: Rule, start: number): (day: number) => boolean {
  const { freq, byMonth, byWeekNo, byYearDay, byMonthDay, byDay, weekStart } = rule;
  const first = partsOf(dayNumber(start));
  const noDays = byMonthDay.length === 0 && byDay.length === 0 && byYearDay.length === 0;
  const yearly = freq === "YEARLY";
  const months = byMonth.length > 0 ? byMonth : yearly && noDays && byWeekNo.length === 0 ? [first.month] : [];
  const monthDays = noDays && (freq === "MONTHLY" || (yearly && byWeekNo.length === 0)) ? [first.ofMonth] : byMonthDay;
  const weekdays =
    byDay.length > 0
      ? byDay
      : noDays && (freq === "WEEKLY" || (yearly && byWeekNo.length > 0))
        ? [{ n: 0, weekday: first.weekday }]
        : [];
  const inMonth = freq === "MONTHLY" || byMonth.length > 0;
  const numbered = freq === "MONTHLY" || (yearly && byWeekNo.length === 0);
  return (day) => {
    const of = partsOf(day);
    if (months.length > 0 && !months.includes(of.month)) return false;
    if (monthDays.length > 0 && !isAt(monthDays, of.ofMonth, of.monthLength)) return false;
    if (byYearDay.length > 0 && !isAt(byYearDay, of.ofYear, of.yearLength)) return false;
    if (byWeekNo.length > 0 && !isAt(byWeekNo, ...weekOf(day, weekStart))) return false;
    const [position, length] = inMonth ? [of.ofMonth, of.monthLength] : [of.ofYear, of.yearLength];
    return (
      weekdays.length === 0 ||
      weekdays.some(({ n, weekday }) => {
        if (weekday !== of.weekday) return false;
        if (n === 0 || !numbered) return true;
        return n > 0 ? Math.ceil(position / 7) === n : Math.ceil((length - position + 1) / 7) === -n;
      })
    );
  };
}

/** The periods of a rule that is daily or less frequent: their numbers, and the days of each. */
function periodsOf(rule: Rule): { numberOf: (day: number) => number; daysOf: (number: number) => [number, number] } {
  switch (rule.freq) {
    case "YEARLY":
      return {
        numberOf: (day) => new Date(day * DAY_MS).getUTCFullYear(),
        daysOf: (year) => [firstDay(year, 0), firstDay(year + 1, 0)],
      };
    case "MONTHLY":
      return {
        numberOf: (day) => {
          const date = new Date(day * DAY_MS);
          return date.getUTCFullYear() * 12 + date.getUTCMonth();
        },
        daysOf: (month) => [
          firstDay(Math.floor(month / 12), month % 12),
          firstDay(Math.floor((month + 1) / 12), (month + 1) % 12),
        ],
      };
    case "WEEKLY": {
      // Day 3 was a Sunday.
      const shift = 3 + rule.weekStart;
      return {
        numberOf: (day) => Math.floor((day - shift) / 7),
        daysOf: (week) => [week * 7 + shift, week * 7 + shift + 7],
      };
    }
    default:
      return { numberOf: (day) => day, daysOf: (day) => [day, day + 1] };
  }
}

const sorted = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);

/** The times of day of a rule, ms. */
function timesOfDay(rule: Rule, start: number): number[] {
  const date = new Date(start);
  const or = (list: readonly number[], own: number): readonly number[] => (list.length > 0 ? list : [own]);
  const times: number[] = [];
  for (const hour of or(rule.byHour, date.getUTCHours()))
    for (const minute of or(rule.byMinute, date.getUTCMinutes()))
      for (const second of or(rule.bySecond, date.getUTCSeconds()))
        times.push(((hour * 60 + minute) * 60 + Math.min(second, 59)) * 1000);
  return sorted(times);
}

function spend(budget: Budget, amount: number): void {
  budget.left -= amount;
  if (budget.left < 0) throw new RuleTooLong();
}

/**
 * The occurrences of a rule from `from` (included) to `to` (not), local ms, in order. The start is the first of them,
 * whether or not the rule has it. Throws RuleTooLong.
 */
export function* occurrencesOf(rule: Rule, start: number, from: number, to: number, budget: Budget): Generator<number> {
  let left = rule.count ?? Number.POSITIVE_INFINITY;
  if (left <= 0) return;
  if (start >= from && start < to) yield start;
  left--;
  const found = rule.freq in stepMs ? steps(rule, start, from, to, budget) : days(rule, start, from, to, budget);
  for (const at of found) {
    if (at <= start) continue;
    if (at >= to || (rule.until !== null && at > rule.until) || left <= 0) return;
    left--;
    if (at >= from) yield at;
  }
}

function* days(rule: Rule, start: number, from: number, to: number, budget: Budget): Generator<number> {
  const { numberOf, daysOf } = periodsOf(rule);
  const fits = createDayTest(rule, start);
  const times = timesOfDay(rule, start);
  const end = dayNumber(Math.min(to, rule.until ?? to)) + 1;
  let period = numberOf(dayNumber(start));
  // What is counted is counted from the start; else it begins with the last period that is before `from`.
  if (rule.count === null && from > start) {
    period += Math.max(0, Math.floor((numberOf(dayNumber(from)) - 1 - period) / rule.interval)) * rule.interval;
  }
  for (; ; period += rule.interval) {
    const [firstOf, endOf] = daysOf(period);
    if (!(firstOf < end)) return;
    spend(budget, endOf - firstOf);
    const inPeriod: number[] = [];
    for (let day = firstOf; day < endOf; day++) {
      if (!fits(day)) continue;
      spend(budget, times.length);
      for (const time of times) inPeriod.push(day * DAY_MS + time);
    }
    const { bySetPos } = rule;
    yield* bySetPos.length === 0 ? inPeriod : inPeriod.filter((_, i) => isAt(bySetPos, i + 1, inPeriod.length));
  }
}

/** Of a rule that is hourly or more frequent: each step is tried. */
function* steps(rule: Rule, start: number, from: number, to: number, budget: Budget): Generator<number> {
  const step = rule.interval * stepMs[rule.freq as keyof typeof stepMs];
  const fits = createDayTest({ ...rule, freq: "DAILY" }, start);
  const end = Math.min(to, rule.until ?? to);
  const skipped = rule.count === null ? Math.max(0, Math.floor((from - start) / step)) : 0;
  for (let at = start + skipped * step; at <= end; at += step) {
    spend(budget, 1);
    const date = new Date(at);
    const has = (list: readonly number[], value: number): boolean => list.length === 0 || list.includes(value);
    if (!has(rule.byHour, date.getUTCHours()) || !has(rule.byMinute, date.getUTCMinutes())) continue;
    if (has(rule.bySecond, date.getUTCSeconds()) && fits(dayNumber(at))) yield at;
  }
}
