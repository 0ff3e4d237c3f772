import { parseField } from "../texts/fields.ts";
import type { FieldValue } from "../types.ts";
import { firstDayOfMonth, weekdayOf } from "../zone/civil.ts";
import { ALL_MONTHS, createYearKey, type DayRule, spanOfYears, specialYears } from "./dayRules.ts";

/** How far a date is moved to a business day; where none lies nearer, it does not fire. */
const MOST_MOVED_DAYS = 366;
const KEPT_MONTHS = 64;

/** A month's answer, kept for the last few that were asked about. */
function rememberByMonth(ask: (monthIndex: number) => number): (monthIndex: number) => number {
  const months = new Int32Array(KEPT_MONTHS).fill(-1);
  const masks = new Int32Array(KEPT_MONTHS);
  return (monthIndex) => {
    const slot = monthIndex & (KEPT_MONTHS - 1);
    if (months[slot] !== monthIndex) {
      masks[slot] = ask(monthIndex);
      months[slot] = monthIndex;
    }
    return masks[slot] as number;
  };
}

const lengthOf = (monthIndex: number): number => firstDayOfMonth(monthIndex + 1) - firstDayOfMonth(monthIndex);

/** Monday to Friday of a month, less holidays. */
function businessMask(holidays: readonly DayRule[], monthIndex: number): number {
  const length = lengthOf(monthIndex);
  const firstWeekday = weekdayOf(firstDayOfMonth(monthIndex));
  let mask = 0;
  for (let i = 0; i < length; i++) {
    const weekday = (firstWeekday + i) % 7;
    if (weekday !== 0 && weekday !== 6) mask |= 1 << i;
  }
  for (const rule of holidays) mask &= ~rule.maskOf(monthIndex);
  return mask;
}

/** The nth business days of each month; -1 is the last. Throws FieldProblem. */
export function businessDayRule(value: FieldValue, holidays: readonly DayRule[]): DayRule {
  const { values, fromEnd } = parseField("businessDay", value);
  return {
    monthBits: ALL_MONTHS,
    years: null,
    special: spanOfYears(specialYears(holidays)),
    countsDays: holidays.some((rule) => rule.countsDays),
    yearKey: createYearKey(holidays),
    maskOf: rememberByMonth((monthIndex) => {
      const days: number[] = [];
      for (let rest = businessMask(holidays, monthIndex); rest !== 0; rest &= rest - 1) {
        days.push(31 - Math.clz32(rest & -rest));
      }
      let mask = 0;
      for (const nth of values) if (nth <= days.length) mask |= 1 << (days[nth - 1] as number);
      for (const back of fromEnd) if (back <= days.length) mask |= 1 << (days[days.length - back] as number);
      return mask;
    }),
  };
}

/** Dates of which those that are holidays are left out, or moved to the business day before or after. */
export function onHolidayRule(
  dates: DayRule,
  holidays: readonly DayRule[],
  move: "skip" | "before" | "after",
): DayRule {
  const rules = [dates, ...holidays];
  const yearKey = createYearKey(rules);
  const isHoliday = (monthIndex: number) => holidays.reduce((mask, rule) => mask | rule.maskOf(monthIndex), 0);
  const special = spanOfYears(specialYears(rules));
  const base = { countsDays: rules.some((rule) => rule.countsDays) };
  if (move === "skip") {
    return {
      ...base,
      monthBits: dates.monthBits,
      years: dates.years,
      special,
      yearKey,
      maskOf: rememberByMonth((monthIndex) => dates.maskOf(monthIndex) & ~isHoliday(monthIndex)),
    };
  }
  const business = rememberByMonth((monthIndex) => businessMask(holidays, monthIndex));
  /** Dates that are holidays, and so are moved. */
  const moved = rememberByMonth((monthIndex) => dates.maskOf(monthIndex) & isHoliday(monthIndex));
  const toward = move === "before" ? 1 : -1;
  return {
    ...base,
    monthBits: ALL_MONTHS,
    years: dates.years && [dates.years[0] - 2, dates.years[1] + 2],
    special: special && [special[0] - 2, special[1] + 2],
    // Days may come from the years beside.
    yearKey: (year) => `${yearKey(year - 1)};${yearKey(year)};${yearKey(year + 1)}`,
    maskOf: rememberByMonth((monthIndex) => {
      let mask = dates.maskOf(monthIndex) & ~isHoliday(monthIndex);
      for (let rest = business(monthIndex); rest !== 0; rest &= rest - 1) {
        const bit = 31 - Math.clz32(rest & -rest);
        // A business day takes the dates that lie between it and the next one.
        let [month, at] = [monthIndex, bit];
        for (let gone = 0; gone < MOST_MOVED_DAYS; gone++) {
          at += toward;
          if (at < 0) {
            month--;
            at = lengthOf(month) - 1;
          } else if (at >= lengthOf(month)) {
            month++;
            at = 0;
          }
          if ((business(month) >>> at) & 1) break;
          if ((moved(month) >>> at) & 1) {
            mask |= 1 << bit;
            break;
          }
        }
      }
      return mask;
    }),
  };
}

/** All days but those of the rules. */
export function otherDaysRule(rules: readonly DayRule[]): DayRule {
  return {
    monthBits: ALL_MONTHS,
    years: null,
    special: spanOfYears(specialYears(rules)),
    countsDays: rules.some((rule) => rule.countsDays),
    yearKey: createYearKey(rules),
    maskOf(monthIndex) {
      const all = 0x7fffffff >>> (31 - lengthOf(monthIndex));
      return all & ~rules.reduce((mask, rule) => mask | rule.maskOf(monthIndex), 0);
    },
  };
}
