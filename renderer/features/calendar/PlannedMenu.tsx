import { IconArrowBackUp, IconCalendarTime, IconClockPlay, IconPlayerSkipForward } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { ContextMenu } from "../../commands/CommandMenu.tsx";
import type { Action } from "../../commands/command.ts";
import { openDialog } from "../../commands/dialogs.ts";
import { isolated } from "../../format/isolated.ts";
import { useMinute } from "../../format/ticker.ts";
import { weekdayAndTime } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { useScheduleActions } from "../schedules/actions.ts";
import { type CalendarItem, isSkippedAhead } from "../timeline/rangeItems.ts";

/** A planned run of a schedule that stands for itself alone: it can be moved and skipped. */
export type PlannedItem = CalendarItem & { scheduleId: string };

export const isPlanned = (item: CalendarItem | null | undefined): item is PlannedItem =>
  item?.outcome === "planned" && item.scheduleId !== null && item.stretchMinutes === null && item.count === 1;

/** One that has a menu: a planned run, or one that is skipped and still to come. */
export const hasMenu = (item: CalendarItem | null | undefined): item is PlannedItem =>
  isPlanned(item) || (item != null && isSkippedAhead(item));

/** Asks how a planned run is to be moved; `to` (epoch ms) is where it was dropped. */
export function askToMove({ scheduleId, name, at }: PlannedItem, to?: number): void {
  openDialog({
    kind: "move",
    run: {
      scheduleId,
      name,
      scheduledTime: new Date(at).toISOString(),
      ...(to === undefined ? {} : { to: new Date(to).toISOString() }),
    },
  });
}

/** What can be done with a planned run, or one that is skipped. */
export function PlannedMenu({ item, near, onClose }: { item: PlannedItem; near: DOMRect; onClose: () => void }) {
  const router = useRouter();
  const format = useTimeFormat();
  const now = useMinute();
  const { skipNext, unskip } = useScheduleActions();
  const action = (id: string, label: string, Icon: Action["Icon"], act: () => unknown): Action => ({
    ...{ id, label, Icon, keys: undefined, words: [], divides: false, danger: false },
    do: act,
  });
  const scheduledTime = new Date(item.at).toISOString();
  const own = isPlanned(item)
    ? [
        action("move", "Move…", IconCalendarTime, () => askToMove(item)),
        action("skip", "Skip this run", IconPlayerSkipForward, () => skipNext(item, scheduledTime)),
      ]
    : [action("unskip", "Take the skip back", IconArrowBackUp, () => unskip(item, scheduledTime))];
  const actions = [
    ...own,
    action("open", "Open the schedule", IconClockPlay, () =>
      router.navigate({ to: "/schedules/$id", params: { id: item.scheduleId } }),
    ),
  ];
  const label = `Actions for ${isolated(item.name)}, ${weekdayAndTime(item.at, now, format)}`;
  return <ContextMenu actions={actions} near={near} label={label} onClose={onClose} />;
}
