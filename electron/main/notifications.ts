import { Notification } from "electron";
import type { AlmanacApp } from "../api/context.ts";
import { createNoticeTracker } from "./notices.ts";

const readAtOnce = 200;

/**
 * Shows failures, recoveries and missed runs as the system's notifications; a click opens the page concerned. Returns the
 * way to stop.
 */
export function notifyOfTrouble(app: AlmanacApp, show: (path: string) => void): () => void {
  const [latest] = app.reads.activity(undefined, 1, undefined);
  const tracker = createNoticeTracker({ seenId: latest?.activityId ?? 0 });
  // Kept until they are gone: a collected notification answers no click.
  const shown = new Set<Notification>();

  return app.engine.onChange((events) => {
    if (!Notification.isSupported() || !events.some(({ topic }) => topic === "schedules" || topic === "runs")) return;
    if (app.engine.getSettings()[notificationsSetting] === false) return;
    const names = app.reads.scheduleNames();
    for (const { title, body, path } of tracker.take(
      app.reads.activity(undefined, readAtOnce, undefined),
      (id) => names.get(id) ?? id,
    )) {
      const notification = new Notification({ title, body });
      shown.add(notification);
      notification.on("click", () => show(path));
      notification.on("close", () => shown.delete(notification));
      notification.show();
    }
  });
}

/** Setting: whether notifications are shown; on where it is not set. */
const notificationsSetting = "desktop.notifications";
