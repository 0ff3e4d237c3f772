import type { Backfill, BackfillStatus } from "../../../shared/domain/backfill.ts";
import type { Outcome } from "../../components/outcomes/outcomes.ts";
import { count, plural } from "../../format/numbers.ts";
import { clockTime, shortDate, type TimeFormat } from "../../format/time.ts";

/** More runs than this are asked about first; the engine refuses them without a yes. */
export const askAbove = 1000;

/** "one at a time", "4 at a time" */
export const paceText = (concurrency: number): string =>
  concurrency === 1 ? "one at a time" : `${count(concurrency)} at a time`;

const statusOutcome: Record<BackfillStatus, Outcome> = {
  planning: "running",
  running: "running",
  paused: "waiting",
  cancelling: "cancelled",
  completed: "completed",
  failed: "failed",
  cancelled: "cancelled",
};

/** How a backfill reads as an outcome: one that ended with failures asks for a look. */
export const backfillOutcome = ({ status, failed }: Pick<Backfill, "status" | "failed">): Outcome =>
  status === "completed" && failed > 0 ? "failed" : statusOutcome[status];

export const isOpen = (status: BackfillStatus): boolean =>
  status === "planning" || status === "running" || status === "paused" || status === "cancelling";

export function statusText({ status, failed, total }: Pick<Backfill, "status" | "failed" | "total">): string {
  switch (status) {
    case "planning":
      return "Preparing";
    case "running":
      return "Running";
    case "paused":
      return "Paused";
    case "cancelling":
      return "Stopping";
    case "completed":
      if (total === 0) return "Nothing to run";
      return failed === 0 ? "Completed" : `Completed, ${count(failed)} failed`;
    case "failed":
      return `Stopped after ${plural(failed, "failure")}`;
    case "cancelled":
      return "Cancelled";
  }
}

/** `14 Nov 2026, 00:00` (with the year, as nothing is of 1970); seconds where it has them. The zone stands beside it once. */
export function dayAndTime(at: number, format: TimeFormat): string {
  return `${shortDate(at, 0, format)}, ${clockTime(at, format)}`;
}

export function rangeText({ from, to }: Pick<Backfill, "from" | "to">, format: TimeFormat): string {
  return `${dayAndTime(Date.parse(from), format)} → ${dayAndTime(Date.parse(to), format)}`;
}

/** "12 of 12 existed already: 12 completed" */
export function existingText({
  occurrences,
  total,
  existing,
}: Pick<Backfill, "occurrences" | "total" | "existing">): string {
  const left = occurrences - total;
  if (left <= 0) return "";
  const named = (["completed", "failed", "active"] as const)
    .filter((state) => (existing[state] ?? 0) > 0)
    .map((state) => `${count(existing[state] ?? 0)} ${state === "active" ? "on their way" : state}`);
  return `${plural(left, "occurrence")} of ${count(occurrences)} left alone${named.length > 0 ? ` (${named.join(", ")})` : ""}`;
}

/** "3.2 runs a second", "14 runs a minute", or null before there is a rate. */
export function rateText(rate: number | null): string | null {
  if (rate === null) return null;
  if (rate >= 1) return `${rate >= 10 ? count(Math.round(rate)) : Number(rate.toFixed(1))} runs a second`;
  const minutely = rate * 60;
  if (minutely >= 1) return `${Number(minutely.toFixed(minutely < 10 ? 1 : 0))} runs a minute`;
  return `${Number((rate * 3600).toFixed(1))} runs an hour`;
}
