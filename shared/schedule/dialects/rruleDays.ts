import { dateOf, dayOf, daysInMonth, weekdayOf } from "../zone/civil.ts";
import type { Rule } from "./rruleText.ts";

/** The number of a day's week in its year, as ISO 8601 has it but for the day that weeks begin on; and how many weeks that year has. */
function weekNumber(day: number, weekStart: number): { week: number; weeks: number } {
  const startOf = (year: number) => {
    const first = dayOf(year, 1, 1);
    const back = (weekdayOf(first) - weekStart + 7) % 7;
    // The first week has at least four days of its year.
    return back <= 3 ? first - back : first - back + 7;
  };
  let { year } = dateOf(day);
  if (day < startOf(year)) year--;
  else if (day >= startOf(year + 1)) year++;
  const start = startOf(year);
  return { week: Math.floor((day - start) / 7) + 1, weeks: Math.round((startOf(year + 1) - start) / 7) };
}

const has = (list: readonly number[], value: number, size: number): boolean =>
  list.includes(value) || list.includes(value - size - 1);

/** Whether a day is one of the rule's, within a period that is. */
function isDay(rule: Rule, day: number): boolean {
  const { year, month, dayOfMonth } = dateOf(day);
  const weekday = weekdayOf(day);
  const length = daysInMonth(year, month);
  if (rule.byMonth.length > 0 && !rule.byMonth.includes(month)) return false;
  if (rule.byMonthDay.length > 0 && !has(rule.byMonthDay, dayOfMonth, length)) return false;
  const yearLength = daysInMonth(year, 2) + 337;
  const dayOfYear = day - dayOf(year, 1, 1) + 1;
  if (rule.byYearDay.length > 0 && !has(rule.byYearDay, dayOfYear, yearLength)) return false;
  if (rule.byWeekNo.length > 0) {
    const { week, weeks } = weekNumber(day, rule.weekStart);
    if (!has(rule.byWeekNo, week, weeks)) return false;
  }
  if (rule.byDay.length > 0) {
    const inMonth = rule.freq === "MONTHLY" || rule.byMonth.length > 0;
    const [at, size] = inMonth ? [dayOfMonth, length] : [dayOfYear, yearLength];
    return rule.byDay.some(
      ({ weekday: wanted, nth }) =>
        wanted === weekday && (nth === 0 || nth === Math.ceil(at / 7) || nth === -Math.ceil((size - at + 1) / 7)),
    );
  }
  if (rule.byMonthDay.length > 0 || rule.byYearDay.length > 0) return true;
  const start = dateOf(rule.start.day);
  // What the rule leaves open is as on its first day.
  if (rule.byWeekNo.length > 0 || rule.freq === "WEEKLY") return weekday === weekdayOf(rule.start.day);
  if (rule.freq === "MONTHLY") return dayOfMonth === start.dayOfMonth;
  if (rule.freq === "YEARLY")
    return dayOfMonth === start.dayOfMonth && (rule.byMonth.length > 0 || month === start.month);
  return true;
}

/** The first and last day of the n-th period of a rule, from the one it begins in. */
function periodOf(rule: Rule, n: number): [first: number, last: number] {
  const { year, month } = dateOf(rule.start.day);
  const step = n * rule.interval;
  if (rule.freq === "YEARLY") return [dayOf(year + step, 1, 1), dayOf(year + step, 12, 31)];
  if (rule.freq === "MONTHLY") {
    const index = year * 12 + month - 1 + step;
    const [y, m] = [Math.floor(index / 12), (index % 12) + 1];
    return [dayOf(y, m, 1), dayOf(y, m, daysInMonth(y, m))];
  }
  if (rule.freq === "WEEKLY") {
    const first = rule.start.day - ((weekdayOf(rule.start.day) - rule.weekStart + 7) % 7) + step * 7;
    return [first, first + 6];
  }
  return [rule.start.day + step, rule.start.day + step];
}

/** The seconds of a day at which a rule of days fires. */
export function secondsOf(rule: Rule): number[] {
  const { second } = rule.start;
  const or = (list: readonly number[], value: number) => (list.length > 0 ? list : [value]);
  const seconds = or(rule.byHour, Math.floor(second / 3600)).flatMap((hour) =>
    or(rule.byMinute, Math.floor(second / 60) % 60).flatMap((minute) =>
      or(rule.bySecond, second % 60).map((rest) => hour * 3600 + minute * 60 + rest),
    ),
  );
  return [...new Set(seconds)].sort((a, b) => a - b);
}

/** The local times of a rule of days (`FREQ` from DAILY up), in order, as long as `visit` wants more. Ends after the last day given. */
export function walkRule(rule: Rule, lastDay: number, visit: (day: number, second: number) => boolean): void {
  const seconds = secondsOf(rule);
  for (let n = 0; ; n++) {
    const [first, last] = periodOf(rule, n);
    if (first > lastDay) return;
    let times: [number, number][] = [];
    for (let day = first; day <= last; day++) {
      if (isDay(rule, day)) for (const second of seconds) times.push([day, second]);
    }
    if (rule.bySetPos.length > 0) times = times.filter((_, i) => has(rule.bySetPos, i + 1, times.length));
    for (const [day, second] of times) {
      if (day > lastDay) return;
      const before = day < rule.start.day || (day === rule.start.day && second < rule.start.second);
      if (!before && !visit(day, second)) return;
    }
  }
}
