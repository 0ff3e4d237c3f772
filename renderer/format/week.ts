import { readLocalStorageValue, useLocalStorage } from "@mantine/hooks";
import { firstDayOfWeek } from "../../shared/schedule/words/week.ts";

/** Which day a week begins with: the locale's, or one of the reader's own choice (ISO: 1 is Monday, 7 is Sunday). */
export type WeekChoice = "auto" | "1" | "6" | "7";

const stored = { key: "almanac-week", defaultValue: "auto" } as const;

export function useWeekChoice() {
  return useLocalStorage<WeekChoice>({ ...stored, getInitialValueInEffect: false });
}

const firstDayBy = (choice: WeekChoice): number =>
  choice === "auto" ? firstDayOfWeek(navigator.language) : Number(choice);

/** The day every week on every page begins with, 1 is Monday and 7 is Sunday. */
export function useFirstDayOfWeek(): number {
  const [choice] = useWeekChoice();
  return firstDayBy(choice);
}

/** The same outside of what is drawn, as it is just now. */
export const chosenFirstDay = (): number => firstDayBy(readLocalStorageValue<WeekChoice>(stored) ?? "auto");
