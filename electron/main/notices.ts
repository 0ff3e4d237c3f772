import type { ActivityEvent } from "../../shared/domain/schedule.ts";
import { formatDuration } from "../../shared/schedule/texts/duration.ts";

/** What a notification says, and the page that a click on it opens. */
export interface Notice {
  title: string;
  body: string;
  path: string;
}

/** What the log alone does not tell. */
export interface ScheduleFacts {
  name(scheduleId: string): string;
  /** Whether a schedule's last run of its own (not of a backfill) failed. */
  isFailing(scheduleId: string): boolean;
  isOfBackfill(runId: string): boolean;
}

/** A tracker of what a person was already told, fed with the activity log. */
export interface NoticeTracker {
  /** The notices due for events, newest first as the log gives them. Events seen before count for nothing. */
  take(events: readonly ActivityEvent[], facts: ScheduleFacts): Notice[];
}

/** More than this many at once become one, so that a bad night is not a hundred pop-ups. */
const mostAtOnce = 3;

/**
 * Turns activity into notices: the first failure of a row of failures, the first success after it, a pause that failures
 * caused, a run resumed after its process was lost, and missed runs. What happened up to `seenId` is taken as known. A
 * backfill has a page of its own that tells of its failures.
 */
export function createNoticeTracker({ seenId }: { seenId: number }): NoticeTracker {
  let seen = seenId;
  const failing = new Set<string>();

  const noticeOf = (event: ActivityEvent, facts: ScheduleFacts): Notice | undefined => {
    const { scheduleId, runId, details } = event;
    if (event.kind === "waited") return longWait(event);
    if (scheduleId === null) return undefined;
    const name = facts.name(scheduleId);
    const schedulePath = `/schedules/${scheduleId}`;
    const path = runId === null ? schedulePath : `/runs/${runId}`;
    switch (event.kind) {
      case "failed":
        if (failing.has(scheduleId) || (runId !== null && facts.isOfBackfill(runId))) return undefined;
        failing.add(scheduleId);
        return { title: `✕ ${name} failed`, body: errorMessage(details["error"]), path };
      case "paused":
        if (event.actor !== "failures") return undefined;
        return {
          title: `✕ ${name} was paused`,
          body: `${details["note"] ?? "It failed too often"}.`,
          path: schedulePath,
        };
      case "recovered":
        return {
          title: `↻ ${name} was resumed`,
          body: `${details["by"] === "quitting" ? "Almanac was quit while it ran" : "The process that ran it was lost"}; the run goes on.`,
          path,
        };
      case "slow":
        return {
          title: `… ${name} is slow`,
          body: `Its run takes longer than ${formatDuration(Number(details["slowAfterMs"] ?? 0))}.`,
          path,
        };
      case "overdue":
        return { title: `… ${name} is late`, body: `Its run has not ended by ${details["dueBy"]}.`, path };
      case "missed":
        return { title: `▨ ${name} missed runs`, body: missedText(Number(details["count"] ?? 1)), path: schedulePath };
      default:
        return undefined;
    }
  };

  const worksAgain = (facts: ScheduleFacts): Notice[] => {
    const mended = [...failing].filter((scheduleId) => !facts.isFailing(scheduleId));
    for (const scheduleId of mended) failing.delete(scheduleId);
    return mended.map((scheduleId) => ({
      title: `✓ ${facts.name(scheduleId)} works again`,
      body: "Its last run completed.",
      path: `/schedules/${scheduleId}`,
    }));
  };

  return {
    take(events, facts) {
      const fresh = events.filter((event) => event.activityId > seen).reverse();
      seen = Math.max(seen, ...fresh.map((event) => event.activityId));
      const told = fresh.map((event) => noticeOf(event, facts)).filter((notice) => notice !== undefined);
      const notices = [...told, ...worksAgain(facts)];
      return notices.length > mostAtOnce ? [together(notices)] : notices;
    },
  };
}

function together(notices: readonly Notice[]): Notice {
  const titles = notices.slice(0, mostAtOnce).map((notice) => notice.title);
  return {
    title: `${notices.length} things need a look`,
    body: `${titles.join(" · ")} and ${notices.length - mostAtOnce} more`,
    path: "/schedules",
  };
}

function longWait({ runId, details }: ActivityEvent): Notice {
  const count = Number(details["count"] ?? 1);
  return {
    title: `… ${count === 1 ? "A run waits" : `${count} runs wait`} for room`,
    body: `For over a minute; ${details["runsAtOnce"]} may run at once. Raise Runs at once in Settings to start more.`,
    path: runId === null ? "/settings" : `/runs/${runId}`,
  };
}

function missedText(count: number): string {
  return count === 1 ? "1 run was missed. It can be filled in." : `${count} runs were missed. They can be filled in.`;
}

function errorMessage(error: unknown): string {
  const message = typeof error === "object" && error !== null && "message" in error ? String(error.message) : "";
  return message === "" ? "Its run failed." : message.slice(0, 200);
}
