import {
  IconArrowsDiff,
  IconCalendarPlus,
  IconClockPlay,
  IconHash,
  IconHistory,
  IconLink,
  IconListDetails,
  IconPlayerStop,
  IconRefresh,
  IconTarget,
} from "@tabler/icons-react";
import type { RunRow } from "../../shared/api/runs.ts";
import type { Command } from "./command.ts";
import { linkTo } from "./tools.ts";

const isLive = (run: RunRow) =>
  ["buffered", "pending", "running"].includes(run.status) || (run.status === "interrupted" && run.completedAt === null);

/** Where a run's schedule has other things now than the run took from it, it is said which are meant. */
export const againAsScheduleIs = "Run again as the schedule is now";
export const againAsItWas = "Run again with what it had";

/** What can be done to a run: in its row, on its page, in the palette. */
export const runCommands: readonly Command<RunRow>[] = [
  {
    id: "open",
    label: "Open",
    Icon: IconTarget,
    keys: "Enter",
    words: ["log", "show"],
    do: (run, { navigate }) => navigate({ to: "/runs/$id", params: { id: run.runId } }),
  },
  {
    id: "again",
    label: "Run again",
    Icon: IconRefresh,
    keys: "r",
    words: ["retry", "repeat"],
    applies: (run) => !isLive(run) && !run.scheduleChanged,
    do: (run, { runAgain }) => runAgain(run.runId),
  },
  {
    id: "againAsScheduleIs",
    label: againAsScheduleIs,
    Icon: IconRefresh,
    keys: "r",
    words: ["retry", "repeat"],
    applies: (run) => !isLive(run) && run.scheduleChanged,
    do: (run, { runAgain }) => runAgain(run.runId, true),
  },
  {
    id: "againAsItWas",
    label: againAsItWas,
    Icon: IconHistory,
    words: ["retry", "repeat"],
    applies: (run) => !isLive(run) && run.scheduleChanged,
    do: (run, { runAgain }) => runAgain(run.runId),
  },
  {
    id: "cancel",
    label: "Cancel…",
    Icon: IconPlayerStop,
    keys: "c",
    words: ["stop", "end", "kill"],
    applies: (run) => isLive(run) && run.status !== "interrupted",
    do: (run, { open }) => open({ kind: "cancel", run }),
  },
  {
    id: "compare",
    label: "Compare with the run before",
    Icon: IconArrowsDiff,
    keys: "d",
    words: ["difference", "diff"],
    applies: (run) => run.scheduleId !== null,
    do: (run, { navigate }) => navigate({ to: "/runs/$id/compare", params: { id: run.runId } }),
  },
  {
    id: "scheduleThis",
    label: "Schedule this",
    Icon: IconCalendarPlus,
    words: ["new", "create", "every"],
    applies: (run) => run.scheduleId === null,
    do: (run, { navigate }) => navigate({ to: "/schedules/new", search: { run: run.runId } }),
  },
  {
    id: "schedule",
    label: "Open its schedule",
    Icon: IconClockPlay,
    keys: "s",
    divides: true,
    applies: (run) => run.scheduleId !== null,
    do: (run, { navigate }) =>
      run.scheduleId !== null && navigate({ to: "/schedules/$id", params: { id: run.scheduleId } }),
  },
  {
    id: "others",
    label: "Show all runs of its schedule",
    Icon: IconListDetails,
    applies: (run) => run.scheduleId !== null,
    do: (run, { navigate }) =>
      run.scheduleId !== null && navigate({ to: "/runs", search: { schedule: run.scheduleId } }),
  },
  {
    id: "copyLink",
    label: "Copy link",
    Icon: IconLink,
    keys: "l",
    words: ["share", "address", "url"],
    divides: true,
    do: (run, { copy }) => copy("Link", linkTo(`/runs/${run.runId}`)),
  },
  {
    id: "copyId",
    label: "Copy id",
    Icon: IconHash,
    do: (run, { copy }) => copy("Id", run.runId),
  },
];
