import type { ActivityEvent, OmissionReason } from "../../../shared/domain/schedule.ts";
import type { ScheduleSpec } from "../../../shared/schedule/types.ts";
import { describeSpec, type NameOfSchedule } from "../../../shared/schedule/words/describe.ts";
import { plural } from "../../format/numbers.ts";
import { durationText } from "../../format/time.ts";

/** Why an occurrence did not run, in plain words. */
export const reasonWords: Record<OmissionReason, string> = {
  overlap: "the run before it was still going",
  buffer_full: "too many were waiting already",
  no_room: "the run before it was still waiting for room",
  by_hand: "skipped by hand",
  ended: "the schedule had ended",
  off: "Almanac was not running",
  asleep: "this computer was asleep",
  stalled: "this computer stood still",
  past_window: "it was longer ago than the catch-up window",
  superseded: "a newer one took its place",
  storage_unavailable: "the database could not be written",
};

/** One changed field of an edit. */
export interface Change {
  field: string;
  from: unknown;
  to: unknown;
}

/** The differences an edit or a declaration made. */
export function changesOf(event: ActivityEvent): Change[] {
  const changes = event.details["changes"];
  if (!Array.isArray(changes)) return [];
  return changes.filter(
    (change): change is Change => typeof change === "object" && change !== null && typeof change.field === "string",
  );
}

const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/** What an event was, by the name that runs keep. */
function eventText(event: string, source: string | null): string {
  const delay = /\+(\d+)$/.exec(event)?.[1];
  const what = event.startsWith("after:")
    ? `after a run of ${source ?? "another schedule"}`
    : event.startsWith("boot:")
      ? "after the machine's start"
      : event.startsWith("wake:")
        ? "after the machine woke"
        : "after Almanac's start";
  return delay === undefined ? what : `${durationText(Number(delay))} ${what}`;
}

/** What an agent did with each tool. */
const toolWords: Record<string, string> = {
  read: "Looked at",
  preview: "Previewed",
  apply: "Applied",
  run: "Asked for a run",
  backfill: "Asked for backfills",
};

/** What happened, in a sentence; `time` prints an instant. */
export function activityText(event: ActivityEvent, time: (iso: string) => string): string {
  const { details } = event;
  const count = typeof details["count"] === "number" ? details["count"] : 1;
  const scheduled = text(details["scheduledTime"]);
  const forTime = scheduled === null ? "" : ` for ${time(scheduled)}`;
  const note = text(details["note"]);
  const reason = text(details["reason"]);
  const because = reason === null ? "" : `: ${reasonWords[reason as OmissionReason] ?? reason}`;
  if (details["undo"] === true && event.importId !== null)
    return event.kind === "deleted" ? "Deleted: its import was undone" : "As before its import, which was undone";
  const imported = event.importId === null ? "" : " in an import";
  switch (event.kind) {
    case "created":
      return event.importId === null ? "Created" : "Imported";
    case "edited":
      return `Edited${imported}${note === null ? "" : `: ${note}`}`;
    case "imported":
      return "Import";
    case "import_undone":
      return "An import was undone";
    case "paused": {
      const until = text(details["until"]);
      return `Paused${imported}${until === null ? "" : ` until ${time(until)}`}${note === null ? "" : `: ${note}`}`;
    }
    case "resumed":
      return "Resumed";
    case "deleted":
      return "Deleted";
    case "restored":
      return `Restored${imported}`;
    case "fired":
      if (typeof details["event"] === "string") return `Fired ${eventText(details["event"], text(details["source"]))}`;
      return details["catchup"] === true ? `Caught up${forTime}` : `Fired${forTime}`;
    case "triggered":
      return "Started by hand";
    case "unskipped":
      return `Skip of the run${forTime} taken back`;
    case "skipped":
    case "missed": {
      const what = count === 1 ? `Run${forTime}` : plural(count, "run");
      return `${what} ${event.kind}${because}`;
    }
    case "backfilled":
      if (typeof details["did"] === "string") return `Backfill ${details["did"]}`;
      return typeof details["again"] === "number"
        ? `Backfill run again: ${plural(details["again"], "run")}`
        : `Backfill of ${plural(count, "run")}`;
    case "failed": {
      const error = details["error"] as { message?: unknown } | undefined;
      const message = text(error?.message);
      return `Run${forTime} failed${message === null ? "" : `: ${message}`}`;
    }
    case "recovered":
      return `Run taken up again${typeof details["attempt"] === "number" ? `, attempt ${details["attempt"]}` : ""}`;
    case "ended":
      return reason === "maxRuns" ? "Ended: it has run as often as it may" : "Ended: its last day has passed";
    case "cancelled":
      return `Run${forTime} cancelled`;
    case "failed_over":
      return "Another process took over";
    case "clock_changed":
      return "This computer's clock was changed";
    case "waited":
      return `${count === 1 ? "A run has" : `${plural(count, "run")} have`} waited for room for over a minute`;
    case "slow":
      return `Run takes longer than ${durationText(Number(details["slowAfterMs"] ?? 0))}`;
    case "overdue":
      return `Run has not ended by ${text(details["dueBy"]) ?? "its time"}`;
    case "result_taken":
      return `Late result taken: the run is ${text(details["to"]) ?? "changed"} now, and was ${text(details["from"]) ?? "not"}`;
    case "late_result":
      return "A result came when the run had gone on without it";
    case "declared":
      return "Declared in code";
    case "asked": {
      const tool = text(details["tool"]) ?? "read";
      const asked = `${toolWords[tool] ?? tool}: ${(text(details["what"]) ?? "").replaceAll("_", " ")}`;
      const last = text(details["lastAt"]);
      const times = count === 1 ? "" : `, ${plural(count, "time")}${last === null ? "" : ` up to ${time(last)}`}`;
      const refused = text(details["refused"]);
      return `${asked}${times}${refused === null ? "" : `; refused: ${refused}`}`;
    }
  }
}

/** A value of a changed field, short enough for a line. */
export function changeValue(value: unknown, nameOf?: NameOfSchedule): string {
  if (value === null || value === undefined) return "nothing";
  // A spec says other schedules by their ids: people know them by name.
  if (typeof value === "object" && "on" in value) {
    try {
      return describeSpec(value as ScheduleSpec, nameOf === undefined ? {} : { nameOf });
    } catch {
      // What an older program wrote may be none: it is shown as it is.
    }
  }
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  return shown.length > 160 ? `${shown.slice(0, 159)}…` : shown;
}

/** So many firings in a row are one line: they say only that all went as planned. */
const manyFirings = 4;

/** Events of a history, newest first, with runs of firings between what else happened gathered up. */
export function gatherFirings(events: readonly ActivityEvent[]): (ActivityEvent | ActivityEvent[])[] {
  const gathered: (ActivityEvent | ActivityEvent[])[] = [];
  let firings: ActivityEvent[] = [];
  const flush = () => {
    if (firings.length >= manyFirings) gathered.push(firings);
    else gathered.push(...firings);
    firings = [];
  };
  for (const event of events) {
    if (event.kind === "fired" && event.details["catchup"] !== true) firings.push(event);
    else {
      flush();
      gathered.push(event);
    }
  }
  flush();
  return gathered;
}
