import { firstDayOfMonth, monthIndexOf, parseDate, weekdayOf, yearOf } from "../zone/civil.ts";
import { ALL_MONTHS, type DayRule } from "./dayRules.ts";

const positiveRest = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor;

/** The Monday of a day's week. */
const mondayOf = (day: number): number => day - ((weekdayOf(day) + 6) % 7);

/** The days of each so many weeks, counted from the week of `from` (a date); none before that day. */
export function everyWeeksRule(weeks: number, from: string): DayRule {
  const fromDay = parseDate(from) as number;
  const [origin, length] = [mondayOf(fromDay), weeks * 7];
  const fromYear = yearOf(fromDay);
  return {
    monthBits: ALL_MONTHS,
    years: null,
    special: [fromYear, fromYear],
    countsDays: weeks > 1,
    yearKey(year) {
      if (year < fromYear) return "none";
      const phase = positiveRest(firstDayOfMonth(year * 12) - origin, length);
      return year === fromYear ? `from ${phase}` : phase;
    },
    maskOf(monthIndex) {
      const first = firstDayOfMonth(monthIndex);
      const days = firstDayOfMonth(monthIndex + 1) - first;
      let mask = 0;
      for (let i = Math.max(0, fromDay - first); i < days; i++) {
        if (positiveRest(first + i - origin, length) < 7) mask |= 1 << i;
      }
      return mask;
    },
  };
}

/** The days of each so many months, counted from the month of `from` (a date); none before that day. */
export function everyMonthsRule(months: number, from: string): DayRule {
  const fromDay = parseDate(from) as number;
  const origin = monthIndexOf(fromDay);
  const fromYear = Math.floor(origin / 12);
  return {
    monthBits: ALL_MONTHS,
    years: null,
    special: [fromYear, fromYear],
    countsDays: months > 1,
    yearKey(year) {
      if (year < fromYear) return "none";
      const phase = positiveRest(year * 12 - origin, months);
      return year === fromYear ? `from ${phase}` : phase;
    },
    maskOf(monthIndex) {
      if (monthIndex < origin || (monthIndex - origin) % months !== 0) return 0;
      const first = firstDayOfMonth(monthIndex);
      const all = 0x7fffffff >>> (31 - (firstDayOfMonth(monthIndex + 1) - first));
      return monthIndex === origin ? all & (-1 << (fromDay - first)) : all;
    },
  };
}
