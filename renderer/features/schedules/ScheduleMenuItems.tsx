import { Kbd, Menu } from "@mantine/core";
import {
  IconBrandTypescript,
  IconCalendarDown,
  IconCopy,
  IconDownload,
  IconHistoryToggle,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerSkipForward,
  IconRotateClockwise,
  IconTerminal2,
  IconTrash,
} from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { icalDays, useScheduleActions } from "./actions.ts";

/** What can be done to a schedule first of all; its page has buttons for these. */
export function ScheduleFirstItems({ row }: { row: ScheduleRow }) {
  const navigate = useNavigate();
  const actions = useScheduleActions();
  return (
    <>
      <Menu.Item
        leftSection={<IconPlayerPlay size={14} />}
        rightSection={<Kbd size="xs">r</Kbd>}
        onClick={() => actions.runNow(row)}
      >
        Run now
      </Menu.Item>
      {row.status === "paused" ? (
        <Menu.Item
          leftSection={<IconRotateClockwise size={14} />}
          rightSection={<Kbd size="xs">p</Kbd>}
          onClick={() => actions.resume(row)}
        >
          Resume
        </Menu.Item>
      ) : (
        <Menu.Item
          leftSection={<IconPlayerPause size={14} />}
          rightSection={<Kbd size="xs">p</Kbd>}
          disabled={row.status !== "active"}
          onClick={() => actions.pause(row)}
        >
          Pause
        </Menu.Item>
      )}
      <Menu.Item
        leftSection={<IconHistoryToggle size={14} />}
        rightSection={<Kbd size="xs">b</Kbd>}
        onClick={() => navigate({ to: "/schedules/$id/backfill", params: { id: row.scheduleId } })}
      >
        Backfill
      </Menu.Item>
      <Menu.Divider />
    </>
  );
}

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
