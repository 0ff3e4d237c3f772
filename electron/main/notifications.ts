import { Notification } from "electron";
import type { AlmanacApp } from "../api/context.ts";
import { createNoticeTracker } from "./notices.ts";

const readAtOnce = 200;
const lookAfterMs = 1_000;

/**
 * Shows failures, recoveries and missed runs as the system's notifications; a click opens the page concerned. Returns the
 * way to stop.
 */
export function notifyOfTrouble(app: AlmanacApp, show: (path: string) => void): () => void {
  const [latest] = app.reads.activity(undefined, 1, undefined);
  const tracker = createNoticeTracker({ seenId: latest?.activityId ?? 0 });
  // Kept until they are gone: a collected notification answers no click.
  const shown = new Set<Notification>();

  const schedule = (scheduleId: string) => app.reads.readSchedule(scheduleId)?.schedule;

  const tell = (): void => {
    scheduled = undefined;
    const notices = tracker.take(app.reads.activity(undefined, readAtOnce, undefined), {
      name: (scheduleId) => schedule(scheduleId)?.name ?? scheduleId,
      isFailing: (scheduleId) => (schedule(scheduleId)?.consecutiveFailures ?? 0) > 0,
      isOfBackfill: (runId) => app.reads.runRow(runId)?.trigger === "backfill",
    });
    if (app.engine.getSettings()[notificationsSetting] === false) return;
    for (const { title, body, path } of notices) {
      const notification = new Notification({ title, body });
      shown.add(notification);
      notification.on("click", () => show(path));
      notification.on("close", () => shown.delete(notification));
      notification.show();
    }
  };

  let scheduled: NodeJS.Timeout | undefined;
  const stopFollowing = app.engine.onChange((events) => {
    if (!Notification.isSupported() || !events.some(({ topic }) => topic === "schedules" || topic === "runs")) return;
    // Changes come up to ten times a second; a person needs no more than one look at them.
    if (scheduled === undefined) scheduled = setTimeout(tell, lookAfterMs);
  });
  return () => {
    stopFollowing();
    clearTimeout(scheduled);
  };
}

/** Setting: whether notifications are shown; on where it is not set. */
const notificationsSetting = "desktop.notifications";
