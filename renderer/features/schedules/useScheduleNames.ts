import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { NamedSchedule } from "../../../shared/schedule/dialects/events.ts";
import { trpc } from "../../api/client.ts";

const none: readonly NamedSchedule[] = [];

/** All schedules by name, for what comes after one of them. */
export function useScheduleNames(enabled = true) {
  const { data } = useQuery({ ...trpc.schedules.names.queryOptions(), enabled });
  const schedules = data ?? none;
  return useMemo(() => {
    const names = new Map(schedules.map(({ scheduleId, name }) => [scheduleId, name]));
    return { schedules, nameOf: (scheduleId: string) => names.get(scheduleId) };
  }, [schedules]);
}
