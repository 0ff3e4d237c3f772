/** The day a week begins with where the reader lives: 1 is Monday, 7 is Sunday. */
export function firstDayOfWeek(locale: string = navigator.language): number {
  const info = new Intl.Locale(locale) as Intl.Locale & { getWeekInfo?: () => { firstDay: number } };
  return info.getWeekInfo?.().firstDay ?? 1;
}
