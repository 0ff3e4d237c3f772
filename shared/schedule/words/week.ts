interface WeekInfo {
  firstDay: number;
}

/** The day a week begins with where people speak so: 1 is Monday, 7 is Sunday. Monday, as ISO 8601 has it, where that is unknown. */
export function firstDayOfWeek(locale: string): number {
  try {
    const known = new Intl.Locale(locale) as Intl.Locale & { getWeekInfo?: () => WeekInfo; weekInfo?: WeekInfo };
    return (known.getWeekInfo?.() ?? known.weekInfo)?.firstDay ?? 1;
  } catch {
    return 1;
  }
}
