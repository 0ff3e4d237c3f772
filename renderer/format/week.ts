import { useLocalStorage } from "@mantine/hooks";
import { firstDayOfWeek } from "../../shared/schedule/words/week.ts";

/** Which day a week begins with: the locale's, or one of the reader's own choice (ISO: 1 is Monday, 7 is Sunday). */
export type WeekChoice = "auto" | "1" | "6" | "7";

export function useWeekChoice() {
  return useLocalStorage<WeekChoice>({ key: "almanac-week", defaultValue: "auto", getInitialValueInEffect: false });
}

/** The day every week on every page begins with, 1 is Monday and 7 is Sunday. */
export function useFirstDayOfWeek(): number {
  const [choice] = useWeekChoice();
  return choice === "auto" ? firstDayOfWeek(navigator.language) : Number(choice);
}
