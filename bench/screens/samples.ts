import type { ScheduleSpec } from "../../shared/schedule/index.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A schedule as somebody might have it, and how its past went. */
export interface Sample {
  id: string;
  name: string;
  spec: ScheduleSpec;
  workflow?: string;
  input?: unknown;
  tags?: string[];
  status?: "paused" | "ended";
  note?: string;
  /** How far back its runs go. Default 60 days. */
  days?: number;
  /** About how long a run takes. Default 2 s. */
  lastsMs?: number;
  /** The share of runs that fail. */
  fails?: number;
  /** How many of the last runs failed. */
  failing?: number;
  /** Goes on since so long. */
  runningMs?: number;
  attempts?: number;
}

const zone = "Europe/Berlin";
const daily = (time: string): ScheduleSpec => ({ calendar: [{ times: [time] }], timezone: zone });

export const samples: readonly Sample[] = [
  { id: "heartbeat", name: "Heartbeat", spec: { interval: "1m" }, tags: ["ops"], days: 4, lastsMs: 300, fails: 0.004 },
  {
    id: "backup-database",
    name: "Backup: database",
    spec: daily("02:00"),
    tags: ["backup"],
    lastsMs: 14 * minuteMs,
    fails: 0.02,
  },
  { id: "backup-files", name: "Backup: files", spec: daily("02:00"), tags: ["backup"], lastsMs: 41 * minuteMs },
  {
    id: "backup-photos",
    name: "Backup: photos",
    spec: daily("02:00"),
    tags: ["backup"],
    lastsMs: 4 * minuteMs,
    fails: 0.05,
  },
  {
    id: "hourly-sync",
    name: "Hourly sync",
    spec: { cron: "0 * * * *", timezone: zone },
    tags: ["sync"],
    lastsMs: 50_000,
    fails: 0.03,
  },
  {
    id: "billing",
    name: "Billing",
    spec: { calendar: [{ dayOfMonth: "1,15", times: ["00:00"] }], timezone: zone },
    tags: ["finance"],
    days: 300,
    lastsMs: 6 * minuteMs,
  },
  {
    id: "daily-report",
    name: "Daily report",
    spec: { calendar: [{ dayOfWeek: "mon-fri", times: ["09:00"] }], timezone: zone },
    tags: ["reports"],
    days: 200,
    lastsMs: 25_000,
    fails: 0.04,
  },
  {
    id: "weekly-digest",
    name: "Weekly digest",
    spec: { cron: "0 8 * * 1", timezone: zone },
    tags: ["reports"],
    days: 300,
    lastsMs: 70_000,
  },
  {
    id: "website-check",
    name: "Website check",
    spec: { interval: "5m" },
    workflow: "http.request",
    input: { method: "GET", url: "https://example.com/" },
    tags: ["ops"],
    days: 10,
    lastsMs: 400,
    fails: 0.06,
  },
  {
    id: "import-orders",
    name: "Import orders",
    spec: { cron: "*/15 * * * *", timezone: zone },
    workflow: "orders.import",
    tags: ["sync", "finance"],
    days: 14,
    lastsMs: 9000,
    fails: 0.03,
    failing: 3,
    attempts: 3,
  },
  {
    id: "transcode",
    name: "Transcode videos",
    spec: { interval: "6h" },
    tags: ["media"],
    lastsMs: 95 * minuteMs,
    runningMs: 38 * minuteMs,
  },
  { id: "rotate-logs", name: "Rotate logs", spec: daily("00:05"), tags: ["ops"], lastsMs: 4000 },
  {
    id: "certificates",
    name: "Renew certificates",
    spec: { cron: "30 4 3 * *", timezone: "UTC" },
    tags: ["ops"],
    days: 300,
    lastsMs: 8000,
  },
  {
    id: "old-exporter",
    name: "Old exporter",
    spec: daily("18:30"),
    status: "paused",
    note: "until the new one is proven",
    tags: ["reports"],
    lastsMs: 30_000,
  },
  {
    id: "migration",
    name: "Migration of accounts",
    spec: { cron: "0 3 * * *", timezone: zone },
    status: "ended",
    lastsMs: 20 * minuteMs,
  },
  {
    id: "quarterly",
    name: "Quarterly reconciliation of all ledgers across every subsidiary, with the auditors' checks",
    spec: { cron: "0 6 1 1,4,7,10 *", timezone: "America/New_York" },
    tags: ["finance", "reports"],
    days: 300,
    lastsMs: 2 * hourMs,
  },
  {
    id: "ticks",
    name: "Market data ticks",
    spec: { interval: "10s" },
    tags: ["sync"],
    days: 0.5,
    lastsMs: 700,
    fails: 0.002,
  },
  {
    id: "cleanup",
    name: "Clean up temporary files",
    spec: { cron: "20 */4 * * *", timezone: zone },
    tags: ["ops"],
    lastsMs: 3 * minuteMs,
  },
  { id: "fresh", name: "Not run yet", spec: { cron: "0 12 24 12 *", timezone: zone } },
];
