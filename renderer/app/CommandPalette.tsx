import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData, spotlight } from "@mantine/spotlight";
import { IconClockPlay, IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { trpc } from "../api/client.ts";

const isMac = /mac/i.test(navigator.platform);
export const paletteKey = isMac ? "⌘K" : "Ctrl K";
export const openPalette = spotlight.open;

const pageActions = [
  { to: "/", label: "Schedules" },
  { to: "/calendar", label: "Calendar" },
  { to: "/runs", label: "Runs" },
  { to: "/backfills", label: "Backfills" },
  { to: "/workflows", label: "Workflows" },
  { to: "/calendars", label: "Exclusion calendars" },
  { to: "/settings", label: "Settings" },
] as const;

/** Ctrl/Cmd+K: schedules by name, every page, and what can be done from anywhere. */
export function CommandPalette() {
  const navigate = useNavigate();
  const [query, setQuery] = useState("");
  const { data } = useQuery({
    ...trpc.schedules.list.queryOptions({ search: query, limit: 8 }),
    enabled: query.trim() !== "",
    placeholderData: (before) => before,
  });

  const pages: SpotlightActionData[] = pageActions.map(({ to, label }) => ({
    id: `page:${to}`,
    label,
    description: "Page",
    onClick: () => navigate({ to }),
  }));
  const commands: SpotlightActionData[] = [
    {
      id: "new",
      label: "New schedule",
      leftSection: <IconPlus size={16} />,
      onClick: () => navigate({ to: "/schedules/new" }),
    },
  ];
  const schedules: SpotlightActionData[] = (query.trim() === "" ? [] : (data?.rows ?? [])).map((row) => ({
    id: `schedule:${row.scheduleId}`,
    label: row.name,
    description: row.specText,
    keywords: [query],
    leftSection: <IconClockPlay size={16} />,
    onClick: () => navigate({ to: "/schedules/$id", params: { id: row.scheduleId } }),
  }));
  const groups: SpotlightActionGroupData[] = [
    { group: "Schedules", actions: schedules },
    { group: "Actions", actions: commands },
    { group: "Pages", actions: pages },
  ].filter((group) => group.actions.length > 0);

  return (
    <Spotlight
      actions={groups}
      query={query}
      onQueryChange={setQuery}
      shortcut={["mod + K"]}
      nothingFound="Nothing found"
      highlightQuery
      scrollable
      maxHeight={420}
      searchProps={{
        leftSection: <IconSearch size={16} />,
        placeholder: "Schedules, pages, actions",
        "aria-label": "Find anything",
      }}
    />
  );
}
