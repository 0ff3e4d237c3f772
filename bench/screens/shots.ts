import type { Page } from "playwright";
import type { RuntimeChoice } from "../../shared/api/runtime.ts";
import type { WorkersView, WorkerView } from "../../shared/api/workers.ts";
import type { Answers } from "./rest.ts";

/** How a picture is taken: at 200 % a page has half the room, drawn twice as large. */
export const looks = {
  light: { width: 1280, height: 800, scheme: "light", scale: 1 },
  dark: { width: 1280, height: 800, scheme: "dark", scale: 1 },
  narrow: { width: 900, height: 600, scheme: "light", scale: 1 },
  wide: { width: 1920, height: 1080, scheme: "light", scale: 1 },
  zoomed: { width: 640, height: 400, scheme: "light", scale: 2 },
  // README's, written over the one in docs/ and only when it is asked for.
  readme: { width: 1280, height: 800, scheme: "light", scale: 1 },
} as const;
export type Look = keyof typeof looks;

export interface Shot {
  name: string;
  path: string;
  looks: readonly Look[];
  /** Done before the picture is taken. */
  act?: (page: Page) => Promise<unknown>;
  /** What the page is told in place of what the folder has: a Redis with workers is not there. */
  answers?: Answers;
}

const main: readonly Look[] = ["light", "dark", "narrow", "wide", "zoomed"];
const some: readonly Look[] = ["light", "dark", "narrow"];
const one: readonly Look[] = ["light"];

const menuItem = (name: string) => (page: Page) => page.getByRole("menuitem", { name }).click();

/** Pages of the folder with nineteen schedules. */
export const shots = (failedRun: string): readonly Shot[] => [
  { name: "home", path: "/", looks: [...main, "readme"] },
  { name: "home-table", path: "/?sort=name", looks: one },
  {
    name: "home-panel",
    path: "/",
    looks: one,
    act: async (page) => {
      await page.getByRole("row", { name: /Import orders/ }).focus();
      await page.keyboard.press("Space");
    },
  },
  { name: "schedule", path: "/schedules/import-orders", looks: main },
  { name: "schedule-timeline", path: "/schedules/hourly-sync?tab=timeline", looks: main },
  { name: "schedule-year", path: "/schedules/daily-report?tab=year", looks: main },
  { name: "schedule-duration", path: "/schedules/hourly-sync?tab=duration", looks: one },
  { name: "schedule-upcoming", path: "/schedules/billing?tab=upcoming", looks: one },
  { name: "schedule-omissions", path: "/schedules/hourly-sync?tab=omissions", looks: one },
  { name: "schedule-activity", path: "/schedules/hourly-sync?tab=activity", looks: one },
  { name: "schedule-policies", path: "/schedules/hourly-sync?tab=policies", looks: one },
  { name: "schedule-filled", path: "/schedules/daily-report", looks: ["light", "dark"] },
  { name: "schedule-filled-timeline", path: "/schedules/daily-report?tab=timeline", looks: ["light", "dark"] },
  { name: "schedule-filled-duration", path: "/schedules/daily-report?tab=duration", looks: one },
  { name: "schedule-paused", path: "/schedules/old-exporter", looks: one },
  { name: "schedule-fresh", path: "/schedules/fresh", looks: one },
  { name: "editor", path: "/schedules/daily-report/edit", looks: main },
  { name: "editor-new", path: "/schedules/new", looks: some },
  {
    name: "editor-event",
    path: "/schedules/new",
    looks: some,
    act: async (page) => {
      await page.getByRole("button", { name: "On an event" }).click();
    },
  },
  {
    name: "editor-policies-error",
    path: "/schedules/daily-report/edit",
    looks: some,
    act: async (page) => {
      await page.getByRole("textbox", { name: "Limit", exact: true }).fill("0");
      await page.getByRole("textbox", { name: "Pause after failures" }).fill("0");
      await page.keyboard.press("Tab");
    },
  },
  { name: "calendar-month", path: "/calendar", looks: main },
  { name: "calendar-week", path: "/calendar?view=week", looks: main },
  { name: "calendar-day", path: "/calendar?view=day", looks: main },
  { name: "calendar-agenda", path: "/calendar?view=agenda", looks: main },
  { name: "calendar-filtered", path: "/calendar?view=week&tag=backup&outcome=failed", looks: one },
  {
    name: "calendar-move",
    path: "/calendar",
    looks: some,
    act: async (page) => {
      await page.locator("[data-planned]").first().click({ button: "right" });
      await menuItem("Move…")(page);
    },
  },
  { name: "runs", path: "/runs", looks: some },
  { name: "run", path: `/runs/${failedRun}`, looks: main },
  {
    name: "run-log",
    path: `/runs/${failedRun}`,
    looks: some,
    act: (page) => page.getByRole("tab", { name: "Log" }).evaluate((tab) => tab.scrollIntoView()),
  },
  { name: "run-compare", path: `/runs/${failedRun}/compare`, looks: some },
  { name: "backfill", path: "/schedules/hourly-sync/backfill", looks: main },
  { name: "backfill-progress", path: "/backfills/backfill-running", looks: main },
  { name: "backfills", path: "/backfills", looks: one },
  { name: "schedule-chain", path: "/schedules/daily-report?tab=chain", looks: one },
  { name: "workflows", path: "/workflows", looks: one },
  { name: "workers", path: "/workers", looks: one },
  { name: "workers-redis", path: "/workers", looks: some, answers: overRedis },
  { name: "notifications", path: "/notifications", looks: one },
  { name: "hooks", path: "/hooks", looks: one },
  { name: "settings", path: "/settings", looks: some },
  {
    name: "settings-error",
    path: "/settings",
    looks: some,
    act: async (page) => {
      await page.getByRole("textbox", { name: "Keep runs for" }).fill("0");
      await page.getByRole("textbox", { name: "Keep at most" }).fill("");
      await page.keyboard.press("Tab");
    },
  },
  {
    name: "settings-access",
    path: "/settings",
    looks: some,
    act: (page) => page.getByRole("heading", { name: "Access" }).evaluate((heading) => heading.scrollIntoView()),
  },
  {
    name: "settings-diagnostics",
    path: "/settings",
    looks: some,
    act: (page) => page.getByRole("button", { name: /diagnostics/i }).click(),
  },
  { name: "exclusion-calendars", path: "/calendars", looks: one },
  {
    name: "import",
    path: "/",
    looks: some,
    act: async (page) => {
      await page.keyboard.press("i");
      await page.getByRole("dialog").waitFor();
    },
  },
];

/** Pages of folders with fewer and with more schedules. */
export const few: readonly Shot[] = [
  { name: "home", path: "/", looks: one },
  { name: "calendar-month", path: "/calendar", looks: one },
  { name: "calendar-week", path: "/calendar?view=week", looks: one },
];

const worker = (host: string, state: WorkerView["state"], refused: string | null, names: string[]): WorkerView => ({
  workerId: `worker-${host}`,
  host,
  pid: 4711,
  version: "0.1.0",
  protocol: 1,
  concurrency: 4,
  queues: ["default", "reports-of-all-subsidiaries"],
  workflows: [
    ...names.map((name) => ({ name, version: "9f2c", differs: name.startsWith("orders") })),
    ...["shell.command", "http.request"].map((name) => ({ name, version: null, differs: false })),
  ],
  running: names
    .slice(0, 4)
    .map((workflowName, index) => ({ runId: `run-${index}`, workflowName, startedAt: new Date().toISOString() })),
  startedAt: new Date(Date.now() - 7_200_000).toISOString(),
  lastSeenAt: new Date(Date.now() - (state === "online" ? 2000 : 190_000)).toISOString(),
  state,
  refused,
});
const longNames = [
  "orders.import",
  "reconciliation.of-all-ledgers-across-every-subsidiary",
  "media.transcode",
  "reports.weekly",
  "reports.daily",
];
const overRedis: Answers = {
  "runtime.choice": (choice: RuntimeChoice) => ({
    ...choice,
    runtime: "bullmq",
    redis: "rediss://almanac@redis-primary.production.eu-central-1.internal.example.com:6380/3",
  }),
  "runtime.workers": (): WorkersView => ({
    workers: [
      worker("build-and-batch-17.production.eu-central-1.internal.example.com", "online", "speaks protocol 2", []),
      worker("attic", "late", null, longNames),
      worker("cellar", "online", null, longNames.slice(0, 2)),
      worker("garage", "gone", null, []),
    ],
    queues: longNames.map((workflowName, index) => ({
      queue: index === 1 ? "reports-of-all-subsidiaries" : "default",
      workflowName,
      waiting: index * 1234,
      active: index,
      paused: index === 2 ? { since: "2026-03-01T08:30:00.000Z" } : null,
    })),
    problem: null,
    notes: [
      "3 runs still run over redis://redis-former.production.eu-central-1.internal.example.com:6379/0, which was used before; it is watched until they have ended.",
      "orders.import is of another version on attic, cellar than here: runs would do something else there.",
    ],
  }),
};
