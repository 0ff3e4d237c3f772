import { Menu } from "@mantine/core";
import {
  IconBrandTypescript,
  IconCalendarDown,
  IconCopy,
  IconDownload,
  IconPencil,
  IconPlayerSkipForward,
  IconTerminal2,
  IconTrash,
} from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { icalDays, useScheduleActions } from "./actions.ts";

/** What the "more" menus of a schedule offer, in the list and on its page. */
export function ScheduleMenuItems({ row, onDeleted }: { row: ScheduleRow; onDeleted?: () => void }) {
  const navigate = useNavigate();
  const actions = useScheduleActions();
  const next = row.nextRunTime;
  return (
    <>
      <Menu.Item
        leftSection={<IconPencil size={14} />}
        onClick={() => navigate({ to: "/schedules/$id/edit", params: { id: row.scheduleId } })}
      >
        Edit
      </Menu.Item>
      <Menu.Item
        leftSection={<IconCopy size={14} />}
        onClick={() => navigate({ to: "/schedules/new", search: { duplicateOf: row.scheduleId } })}
      >
        Duplicate
      </Menu.Item>
      <Menu.Item
        leftSection={<IconPlayerSkipForward size={14} />}
        disabled={next === null}
        onClick={() => next !== null && actions.skipNext(row, next)}
      >
        Skip the next run
      </Menu.Item>
      <Menu.Item
        leftSection={<IconCalendarDown size={14} />}
        onClick={() => actions.exportAs([row.scheduleId], row.scheduleId, "ical")}
      >
        Next {icalDays} days as iCalendar
      </Menu.Item>
      <Menu.Item
        leftSection={<IconDownload size={14} />}
        onClick={() => actions.exportAs([row.scheduleId], row.scheduleId, "json")}
      >
        Export as JSON
      </Menu.Item>
      <Menu.Item leftSection={<IconTerminal2 size={14} />} onClick={() => actions.copyAs(row, "Command line")}>
        Copy as command line
      </Menu.Item>
      <Menu.Item leftSection={<IconBrandTypescript size={14} />} onClick={() => actions.copyAs(row, "TypeScript")}>
        Copy as TypeScript
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item
        color="red"
        leftSection={<IconTrash size={14} />}
        onClick={async () => {
          if (await actions.remove(row)) onDeleted?.();
        }}
      >
        Delete
      </Menu.Item>
    </>
  );
}
