import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData, spotlight } from "@mantine/spotlight";
import {
  IconBell,
  IconCalendarMonth,
  IconCalendarOff,
  IconClockPlay,
  IconHistoryToggle,
  IconListDetails,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlus,
  IconSearch,
  IconServer2,
  IconSettings,
  IconTerminal2,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { trpc } from "../api/client.ts";
import { useScheduleActions } from "../features/schedules/actions.ts";

const isMac = /mac/i.test(navigator.platform);
export const paletteKey = isMac ? "⌘K" : "Ctrl K";
export const openPalette = spotlight.open;

const pageActions = [
  { to: "/", label: "Schedules", Icon: IconClockPlay },
  { to: "/calendar", label: "Calendar", Icon: IconCalendarMonth },
  { to: "/runs", label: "Runs", Icon: IconListDetails },
  { to: "/backfills", label: "Backfills", Icon: IconHistoryToggle },
  { to: "/workflows", label: "Workflows", Icon: IconTerminal2 },
  { to: "/workers", label: "Workers", Icon: IconServer2 },
  { to: "/calendars", label: "Exclusion calendars", Icon: IconCalendarOff },
  { to: "/notifications", label: "Notifications", Icon: IconBell },
  { to: "/settings", label: "Settings", Icon: IconSettings },
] as const;

/** What a word at the beginning asks for: "pause backup" is the schedule "backup", and that it be paused. */
const verbs = ["run", "now", "pause", "resume", "edit", "backfill", "open"];

/** The words of a query that name a schedule. */
const namePart = (query: string): string =>
  query
    .split(/\s+/)
    .filter((word) => word !== "" && !verbs.includes(word.toLowerCase()))
    .join(" ");

/** Those whose words hold every word of the query, in any order. */
function matching(query: string, groups: readonly SpotlightActionGroupData[]): SpotlightActionGroupData[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = ({ label = "", description = "", keywords = [] }: SpotlightActionData): boolean => {
    const text = [label, description, keywords].flat().join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return groups
    .map((group) => ({ ...group, actions: group.actions.filter(holds) }))
    .filter((group) => group.actions.length > 0);
}

/** Ctrl/Cmd+K: schedules by name, every page, and what can be done from anywhere. */
export function CommandPalette() {
  const navigate = useNavigate();
  const actions = useScheduleActions();
  const [query, setQuery] = useState("");
  const { data, isPlaceholderData } = useQuery({
    // A verb alone offers those that need somebody first.
    ...trpc.schedules.list.queryOptions({ search: namePart(query), sort: "need", limit: 8 }),
    enabled: query.trim() !== "",
    placeholderData: (before) => before,
  });

  const pages: SpotlightActionData[] = pageActions.map(({ to, label, Icon }) => ({
    id: `page:${to}`,
    label,
    leftSection: <Icon size={16} />,
    onClick: () => navigate({ to }),
  }));
  const rows = query.trim() === "" ? [] : (data?.rows ?? []);
  const commands: SpotlightActionData[] = [
    {
      id: "new",
      label: "New schedule",
      leftSection: <IconPlus size={16} />,
      onClick: () => navigate({ to: "/schedules/new" }),
    },
    ...rows.slice(0, namePart(query) === "" ? 8 : 3).flatMap((row): SpotlightActionData[] => [
      {
        id: `run:${row.scheduleId}`,
        label: `Run now: ${row.name}`,
        leftSection: <IconPlayerPlay size={16} />,
        onClick: () => actions.runNow(row),
      },
      {
        id: `backfill:${row.scheduleId}`,
        label: `Backfill: ${row.name}`,
        leftSection: <IconHistoryToggle size={16} />,
        onClick: () => navigate({ to: "/schedules/$id/backfill", params: { id: row.scheduleId } }),
      },
      {
        id: `edit:${row.scheduleId}`,
        label: `Edit: ${row.name}`,
        leftSection: <IconPencil size={16} />,
        onClick: () => navigate({ to: "/schedules/$id/edit", params: { id: row.scheduleId } }),
      },
      row.status === "paused"
        ? {
            id: `resume:${row.scheduleId}`,
            label: `Resume: ${row.name}`,
            leftSection: <IconPlayerPlay size={16} />,
            onClick: () => actions.resume(row),
          }
        : {
            id: `pause:${row.scheduleId}`,
            label: `Pause: ${row.name}`,
            leftSection: <IconPlayerPause size={16} />,
            onClick: () => actions.pause(row),
          },
    ]),
  ];
  const schedules: SpotlightActionData[] = rows.map((row) => ({
    id: `schedule:${row.scheduleId}`,
    label: row.name,
    description: row.specText,
    // The server has matched more than the name. Until it has answered, those of the query before stay only where
    // their name matches: Enter must not open what was looked for last.
    keywords: isPlaceholderData ? [] : [query],
    leftSection: <IconClockPlay size={16} />,
    onClick: () => navigate({ to: "/schedules/$id", params: { id: row.scheduleId } }),
  }));
  const groups: SpotlightActionGroupData[] = [
    { group: "Schedules", actions: schedules },
    { group: "Actions", actions: commands },
    { group: "Pages", actions: pages },
  ];

  return (
    <Spotlight
      actions={matching(query, groups)}
      filter={(_, all) => all}
      query={query}
      onQueryChange={setQuery}
      shortcut={["mod + K"]}
      nothingFound="Nothing found"
      highlightQuery
      attributes={{ content: { "aria-label": "Find anything" } }}
      centered={false}
      yOffset="12vh"
      overlayProps={{ blur: 0, backgroundOpacity: 0.35 }}
      scrollable
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
      maxHeight={420}
      searchProps={{
        leftSection: <IconSearch size={16} />,
        placeholder: "Schedules, pages, actions",
        "aria-label": "Find anything",
      }}
    />
  );
}
