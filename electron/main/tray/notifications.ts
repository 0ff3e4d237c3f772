import { Notification } from "electron";
import type { AlmanacApp } from "../../api/context.ts";

/** How far back what is shown at once may lie: a folder opened later has told it already. */
const freshMs = 60_000;

/**
 * Shows the messages for the desktop as the system's notifications, whichever process has made them; a click opens the
 * page concerned. Returns the way to stop.
 */
export function notifyOfTrouble(app: AlmanacApp, show: (path: string) => void): () => void {
  let seen = app.notifications.lastDeliveryId();
  // Kept until they are gone: a collected notification answers no click.
  const shown = new Set<Notification>();

  const tell = (): void => {
    const fresh = app.notifications.forDesktop(seen);
    seen = fresh.at(-1)?.deliveryId ?? seen;
    if (app.engine.getSettings()[notificationsSetting] === false) return;
    const told: number[] = [];
    for (const { deliveryId, message, createdAt } of fresh) {
      if (Date.now() - Date.parse(createdAt) > freshMs) continue;
      const { title, body, path } = message;
      const notification = new Notification({ title, body });
      shown.add(notification);
      notification.on("click", () => show(path));
      notification.on("close", () => shown.delete(notification));
      notification.show();
      told.push(deliveryId);
    }
    try {
      if (told.length > 0) app.notifications.shownOnDesktop(told);
    } catch (error) {
      // They were shown all the same.
      app.logger.error("that messages were shown could not be noted:", error);
    }
  };

  return app.engine.onChange((events) => {
    if (Notification.isSupported() && events.some(({ topic }) => topic === "notices")) tell();
  });
}

/** Setting: whether notifications are shown; on where it is not set. */
const notificationsSetting = "desktop.notifications";
