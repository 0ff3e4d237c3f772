import { IconCalendarMonth, IconListDetails, IconListTree, IconPlus } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { ContextMenu } from "../../commands/CommandMenu.tsx";
import type { Action } from "../../commands/command.ts";
import { addDays, startOfDay } from "./calendarModel.ts";

/** When a schedule runs that is made on a day without a time. */
const usualTime = "09:00";

/** What can be done with a day of the calendar. */
export function DayMenu(props: {
  date: string;
  /** As people say it. */
  name: string;
  today: string;
  near: DOMRect;
  onDay: (date: string) => void;
  onClose: () => void;
}) {
  const { date, today } = props;
  const router = useRouter();
  const action = (id: string, label: string, Icon: Action["Icon"], act: () => unknown): Action => ({
    ...{ id, label, Icon, keys: undefined, words: [], divides: false, danger: false },
    do: act,
  });
  const stretch = { from: startOfDay(date).toISOString(), to: startOfDay(addDays(date, 1)).toISOString() };
  const actions = [
    ...(date > today
      ? [
          action("new", "New schedule on this day", IconPlus, () =>
            router.navigate({ to: "/schedules/new", search: { at: `${date}T${usualTime}` } }),
          ),
        ]
      : []),
    action("open", "Show the day", IconCalendarMonth, () => props.onDay(date)),
    action("agenda", "Agenda from here", IconListTree, () =>
      router.navigate({ to: "/calendar", search: (before) => ({ ...before, view: "agenda", date }) }),
    ),
    ...(date <= today
      ? [action("runs", "Runs of this day", IconListDetails, () => router.navigate({ to: "/runs", search: stretch }))]
      : []),
  ];
  return (
    <ContextMenu actions={actions} near={props.near} label={`Actions for ${props.name}`} onClose={props.onClose} />
  );
}
