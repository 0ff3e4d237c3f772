import type { ActivityEvent } from "../../shared/domain/schedule.ts";

/** What a notification says, and the page that a click on it opens. */
export interface Notice {
  title: string;
  body: string;
  path: string;
}

/** More than this many at once become one, so that a bad night is not a hundred pop-ups. */
const mostAtOnce = 3;

/** A tracker of what a person was already told, fed with the activity log. */
export interface NoticeTracker {
  /** The notices due for events, newest first as the log gives them. Events seen before count for nothing. */
  take(events: readonly ActivityEvent[], nameOf: (scheduleId: string) => string): Notice[];
}

/**
 * Turns activity into notices: the first failure of a row of failures, the recovery from it, and missed runs. What
 * happened up to `seenId` is taken as known.
 */
export function createNoticeTracker({ seenId }: { seenId: number }): NoticeTracker {
  let seen = seenId;
  const failing = new Set<string>();

  const notice = (event: ActivityEvent, nameOf: (scheduleId: string) => string): Notice | undefined => {
    const { scheduleId } = event;
    if (scheduleId === null) return undefined;
    const name = nameOf(scheduleId);
    const path = event.runId === null ? `/schedules/${scheduleId}` : `/runs/${event.runId}`;
    switch (event.kind) {
      case "failed": {
        if (failing.has(scheduleId)) return undefined;
        failing.add(scheduleId);
        return { title: `✕ ${name} failed`, body: text(event.details["message"]) ?? "Its run failed.", path };
      }
      case "recovered":
        failing.delete(scheduleId);
        return { title: `✓ ${name} works again`, body: "Its last run completed.", path };
      case "missed": {
        const count = Number(event.details["count"] ?? 1);
        const body =
          count === 1 ? "1 run was missed. It can be filled in." : `${count} runs were missed. They can be filled in.`;
        return { title: `▨ ${name} missed runs`, body, path: `/schedules/${scheduleId}` };
      }
      default:
        return undefined;
    }
  };

  return {
    take(events, nameOf) {
      const fresh = events.filter((event) => event.activityId > seen).reverse();
      seen = Math.max(seen, ...fresh.map((event) => event.activityId));
      const notices = fresh.map((event) => notice(event, nameOf)).filter((made) => made !== undefined);
      return notices.length > mostAtOnce ? [together(notices)] : notices;
    },
  };
}

function together(notices: readonly Notice[]): Notice {
  const titles = notices.slice(0, mostAtOnce).map((notice) => notice.title);
  return {
    title: `${notices.length} schedules need a look`,
    body: `${titles.join(" · ")} and ${notices.length - mostAtOnce} more`,
    path: "/schedules",
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value.slice(0, 200) : undefined;
}
