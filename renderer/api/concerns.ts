import type { ChangeEvent } from "../../shared/api/events.ts";
import type { Run } from "../../shared/domain/run.ts";

/** Which routers' queries a topic concerns. */
const routersOf: Record<ChangeEvent["topic"], readonly string[]> = {
  schedules: ["schedules", "calendarView", "backfills", "workflows", "runs.list", "runs.get", "exchange"],
  runs: ["runs", "schedules", "calendarView", "workflows"],
  logs: [],
  backfills: ["backfills", "schedules", "calendarView"],
  workflows: ["workflows"],
  calendars: ["calendars", "schedules", "calendarView", "exchange"],
  settings: ["system.settings", "system.secrets", "workflows", "runtime", "hooks", "listening"],
  pools: ["pools", "runs", "schedules"],
  access: ["access", "hooks", "listening", "schedules.activity"],
  system: ["system", "runtime"],
  notifications: ["notifications", "exchange"],
  notices: ["notifications"],
};

/** The input field that names what a query is about, by topic. */
const idField: Partial<Record<ChangeEvent["topic"], string>> = {
  schedules: "scheduleId",
  runs: "runId",
  backfills: "backfillId",
};

/** Queries that cost much and change with other people's edits only when reopened. */
const onDemand = new Set(["schedules.specs", "backfills.plan", "backfills.planItems"]);

/** Queries over many schedules or a whole year, which follow changes at a slower pace. */
const costly = new Set([
  "calendarView.between",
  "calendarView.month",
  "schedules.heatmap",
  "schedules.trend",
  "workflows.list",
  "backfills.days",
  "backfills.presets",
]);

/** How soon a query follows changes. */
export type QueryPace = "quick" | "costly";

export function paceOf(queryKey: readonly unknown[]): QueryPace {
  return Array.isArray(queryKey[0]) && costly.has(queryKey[0].join(".")) ? "costly" : "quick";
}

/** What a read run says of whom it is about. */
type ReadRun = Pick<Run, "scheduleId" | "waitingFor"> | undefined;

/** What the events of a topic have to name to concern a read run; null where none of them does, undefined where all do. */
function namedBy(topic: ChangeEvent["topic"], run: ReadRun, asked: unknown): unknown {
  if (topic === "schedules") return run?.scheduleId;
  // Its place in a line moves with the runs before it.
  const inLine = run?.waitingFor != null && "place" in run.waitingFor;
  return topic === "runs" && inLine ? undefined : asked;
}

/**
 * Whether any of the events may have changed what a query showed, `data`. A query about one thing is left alone by events
 * that name others; one about many is concerned by every event of its topic.
 */
export function isConcerned(queryKey: readonly unknown[], events: readonly ChangeEvent[], data?: unknown): boolean {
  const path = queryKey[0];
  if (!Array.isArray(path)) return false;
  const name = path.join(".");
  if (onDemand.has(name)) return false;
  const options = queryKey[1] as { input?: Record<string, unknown> } | undefined;
  return events.some((event) => {
    if (!routersOf[event.topic].some((router) => router === path[0] || router === name)) return false;
    const field = idField[event.topic];
    const asked = field === undefined ? undefined : options?.input?.[field];
    const about = name === "runs.get" ? namedBy(event.topic, data as ReadRun, asked) : asked;
    if (about === null) return false;
    return event.ids === undefined || typeof about !== "string" || event.ids.includes(about);
  });
}
