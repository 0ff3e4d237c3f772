/** The pages that the rail and the desktop's View menu lead to, in this order. */
export const railPages = [
  { to: "/", label: "Schedules" },
  { to: "/calendar", label: "Calendar" },
  { to: "/runs", label: "Runs" },
  { to: "/backfills", label: "Backfills" },
  { to: "/workflows", label: "Workflows" },
  { to: "/workers", label: "Workers" },
  { to: "/notifications", label: "Notifications" },
  { to: "/hooks", label: "Hooks" },
  { to: "/settings", label: "Settings" },
] as const;
