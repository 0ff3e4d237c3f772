const shortMonth = new Intl.DateTimeFormat("en", { month: "short", timeZone: "UTC" });
const longMonth = new Intl.DateTimeFormat("en", { month: "long", timeZone: "UTC" });
const shortDay = new Intl.DateTimeFormat("en", { weekday: "short", timeZone: "UTC" });
const longDay = new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" });

/** 1 is January. */
export const monthName = (month: number, length: "short" | "long" = "long"): string =>
  (length === "short" ? shortMonth : longMonth).format(Date.UTC(2024, month - 1, 1));

/** 0 is Sunday. */
export const weekdayName = (weekday: number, length: "short" | "long" = "long"): string =>
  (length === "short" ? shortDay : longDay).format(Date.UTC(2024, 8, 1 + weekday));

/** Weekdays (0 is Sunday) as weeks begin that begin on this day; 1 is Monday, 7 is Sunday. */
export const weekdaysFrom = (firstDay: number): number[] => Array.from({ length: 7 }, (_, i) => (firstDay + i) % 7);

/** Weeks of the month as an entry counts them; -1 is the last. */
export const weekNames: readonly (readonly [week: number, name: string])[] = [
  [1, "1st"],
  [2, "2nd"],
  [3, "3rd"],
  [4, "4th"],
  [5, "5th"],
  [-1, "last"],
];

const ordinals = new Intl.PluralRules("en", { type: "ordinal" });
const suffixes: Record<string, string> = { one: "st", two: "nd", few: "rd", other: "th" };

/** `1st`, `2nd`, `15th`. */
export const ordinal = (n: number): string => `${n}${suffixes[ordinals.select(n)]}`;
