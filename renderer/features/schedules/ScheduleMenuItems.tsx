import { useMemo } from "react";
import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { ActionItems } from "../../commands/CommandMenu.tsx";
import { actionsOn } from "../../commands/command.ts";
import { scheduleCommands } from "../../commands/ofSchedule.ts";
import { useTools } from "../../commands/tools.ts";

/** What a menu of a schedule offers; on its page, where the first of them have buttons, `without` those. */
export function ScheduleMenuItems({ row, without = [] }: { row: ScheduleRow; without?: readonly string[] }) {
  const tools = useTools();
  const actions = useMemo(() => actionsOn(scheduleCommands, row, tools), [row, tools]);
  return <ActionItems actions={actions.filter(({ id }) => !without.includes(id))} />;
}
