import { useLocalStorage } from "@mantine/hooks";
import { useMemo } from "react";
import type { TimeFormat } from "./time.ts";

/** Which clock this reader wants: the locale's, or one of their own choice. */
export type ClockChoice = "auto" | "12" | "24";

const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function useClockChoice() {
  return useLocalStorage<ClockChoice>({ key: "almanac-clock", defaultValue: "auto", getInitialValueInEffect: false });
}

/** How this reader reads times: their locale, their zone, their clock. */
export function useTimeFormat(): TimeFormat {
  const [clock] = useClockChoice();
  return useMemo(
    () => ({
      locale: navigator.language,
      zone: ownZone,
      ...(clock === "auto" ? {} : { hour12: clock === "12" }),
    }),
    [clock],
  );
}
