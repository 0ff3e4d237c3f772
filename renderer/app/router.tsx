import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { desktopNavigateMessage } from "../../shared/api/desktop.ts";
import { loaded } from "../api/code.ts";
import { ErrorState } from "../components/page/ErrorState.tsx";
import { LoadingRows } from "../components/page/LoadingRows.tsx";
import { NotFoundPage } from "./NotFoundPage.tsx";
import { Shell } from "./Shell.tsx";
import {
  calendarSearch,
  compareSearch,
  newScheduleSearch,
  rangeSearch,
  runsSearch,
  scheduleSearch,
  schedulesSearch,
} from "./search.ts";
import { watchAddress } from "./unreadAddress.ts";

const SchedulesPage = lazyRouteComponent(
  () => loaded(import("../features/schedules/SchedulesPage.tsx")),
  "SchedulesPage",
);
const SchedulePage = lazyRouteComponent(() => loaded(import("../features/schedule/SchedulePage.tsx")), "SchedulePage");
const EditorPage = lazyRouteComponent(() => loaded(import("../features/editor/EditorPage.tsx")), "EditorPage");
const NewSchedulePage = lazyRouteComponent(
  () => loaded(import("../features/editor/NewSchedulePage.tsx")),
  "NewSchedulePage",
);
const BackfillPage = lazyRouteComponent(() => loaded(import("../features/backfill/BackfillPage.tsx")), "BackfillPage");
const BackfillsPage = lazyRouteComponent(
  () => loaded(import("../features/backfill/BackfillsPage.tsx")),
  "BackfillsPage",
);
const BackfillProgressPage = lazyRouteComponent(
  () => loaded(import("../features/backfill/BackfillProgressPage.tsx")),
  "BackfillProgressPage",
);
const CalendarPage = lazyRouteComponent(() => loaded(import("../features/calendar/CalendarPage.tsx")), "CalendarPage");
const RunsPage = lazyRouteComponent(() => loaded(import("../features/runs/RunsPage.tsx")), "RunsPage");
const RunPage = lazyRouteComponent(() => loaded(import("../features/runs/RunPage.tsx")), "RunPage");
const ComparePage = lazyRouteComponent(() => loaded(import("../features/runs/ComparePage.tsx")), "ComparePage");
const WorkflowsPage = lazyRouteComponent(
  () => loaded(import("../features/workflows/WorkflowsPage.tsx")),
  "WorkflowsPage",
);
const WorkersPage = lazyRouteComponent(() => loaded(import("../features/workers/WorkersPage.tsx")), "WorkersPage");
const NotificationsPage = lazyRouteComponent(
  () => loaded(import("../features/notifications/NotificationsPage.tsx")),
  "NotificationsPage",
);
const HooksPage = lazyRouteComponent(() => loaded(import("../features/hooks/HooksPage.tsx")), "HooksPage");
const SettingsPage = lazyRouteComponent(() => loaded(import("../features/settings/SettingsPage.tsx")), "SettingsPage");
const ExclusionCalendarsPage = lazyRouteComponent(
  () => loaded(import("../features/exclusions/ExclusionCalendarsPage.tsx")),
  "ExclusionCalendarsPage",
);

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });

const schedulesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  validateSearch: schedulesSearch,
  component: SchedulesPage,
});

/** Links from outside name the page by its word. */
const schedulesByNameRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/schedules",
  beforeLoad: () => {
    throw redirect({ to: "/" });
  },
});

const newScheduleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/schedules/new",
  validateSearch: newScheduleSearch,
  component: NewSchedulePage,
});

const scheduleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/schedules/$id",
  validateSearch: scheduleSearch,
  component: function ScheduleById() {
    const { id } = scheduleRoute.useParams();
    return <SchedulePage key={id} scheduleId={id} />;
  },
});

const editScheduleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/schedules/$id/edit",
  component: function EditSchedule() {
    const { id } = editScheduleRoute.useParams();
    return <EditorPage key={id} scheduleId={id} />;
  },
});

const backfillScheduleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/schedules/$id/backfill",
  validateSearch: rangeSearch,
  component: function BackfillSchedule() {
    const { id } = backfillScheduleRoute.useParams();
    const { from, to } = backfillScheduleRoute.useSearch();
    return <BackfillPage key={id} scheduleId={id} from={from} to={to} />;
  },
});

const calendarRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/calendar",
  validateSearch: calendarSearch,
  // Read while the page is drawn, which takes as long; asked for before it is, or the asking would come after the drawing.
  loader: ({ location }) =>
    loaded(import("../features/calendar/CalendarPage.tsx")).then(
      ({ readAhead }) => {
        readAhead(calendarSearch.parse(location.search));
      },
      // The page says itself what could not be loaded.
      () => undefined,
    ),
  component: CalendarPage,
});

const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs",
  validateSearch: runsSearch,
  component: RunsPage,
});

const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs/$id",
  component: function RunById() {
    const { id } = runRoute.useParams();
    return <RunPage key={id} runId={id} />;
  },
});

const compareRunsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs/$id/compare",
  validateSearch: compareSearch,
  component: function CompareRuns() {
    const { id } = compareRunsRoute.useParams();
    return <ComparePage key={id} runId={id} />;
  },
});

const backfillsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/backfills",
  component: BackfillsPage,
});

const backfillRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/backfills/$id",
  component: function BackfillById() {
    const { id } = backfillRoute.useParams();
    return <BackfillProgressPage key={id} backfillId={id} />;
  },
});

const workflowsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/workflows",
  component: WorkflowsPage,
});

const workersRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/workers",
  component: WorkersPage,
});

const notificationsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/notifications",
  component: NotificationsPage,
});

const hooksRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/hooks",
  component: HooksPage,
});

const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/settings",
  component: SettingsPage,
});

const calendarsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/calendars",
  component: ExclusionCalendarsPage,
});

const routeTree = rootRoute.addChildren([
  schedulesRoute,
  schedulesByNameRoute,
  newScheduleRoute,
  scheduleRoute,
  editScheduleRoute,
  backfillScheduleRoute,
  calendarRoute,
  runsRoute,
  runRoute,
  compareRunsRoute,
  backfillsRoute,
  backfillRoute,
  workflowsRoute,
  workersRoute,
  notificationsRoute,
  hooksRoute,
  settingsRoute,
  calendarsRoute,
]);

export const router = createRouter({
  routeTree,
  defaultPreload: "intent",
  defaultPendingMs: 150,
  defaultPendingComponent: () => <LoadingRows />,
  defaultErrorComponent: ({ error, reset }) => <ErrorState page error={error} onRetry={reset} />,
  scrollRestoration: true,
  scrollToTopSelectors: ["#page"],
});

// The tray, a notification or a deep link asks for a page.
window.addEventListener("message", (event: MessageEvent<unknown>) => {
  const asked = event.data;
  if (event.source !== window || typeof asked !== "object" || asked === null) return;
  if (!("type" in asked) || asked.type !== desktopNavigateMessage) return;
  if ("path" in asked && typeof asked.path === "string") router.navigate({ href: asked.path });
});

watchAddress(router);

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
