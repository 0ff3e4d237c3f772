import type { Page, WebSocketRoute } from "playwright";

/** Answers of the API that a picture needs otherwise than the folder has them, by the procedure's path. */
export type Answers = Readonly<Record<string, (answer: never) => unknown>>;

interface Message {
  id?: number | string;
  method?: string;
  params?: { path?: string };
  result?: { type?: string; data?: unknown };
  error?: unknown;
}

/** Frames in a row in which nothing is asked, moves or is still to come. */
const restFrames = 12;

/** Listens to what a page asks, so that it is known when all has been answered. */
export async function watchPage(page: Page) {
  const pending = new Map<number | string, string>();
  let answers: Answers = {};
  const each = (text: string | Buffer, of: (message: Message) => void): unknown => {
    try {
      const parsed = JSON.parse(String(text)) as Message | Message[];
      for (const message of [parsed].flat()) of(message);
      return parsed;
    } catch {
      // A ping or a greeting.
      return undefined;
    }
  };
  await page.routeWebSocket(/.*/, (socket: WebSocketRoute) => {
    const server = socket.connectToServer();
    pending.clear();
    socket.onMessage((text) => {
      each(text, ({ id, method, params }) => {
        if (id !== undefined && (method === "query" || method === "mutation")) pending.set(id, params?.path ?? "");
      });
      server.send(text);
    });
    server.onMessage((text) => {
      let isChanged = false;
      const parsed = each(text, (message) => {
        const path = message.id === undefined ? undefined : pending.get(message.id);
        if (message.id === undefined || path === undefined) return;
        pending.delete(message.id);
        const change = answers[path];
        if (change === undefined || message.result === undefined) return;
        message.result.data = change(message.result.data as never);
        isChanged = true;
      });
      socket.send(isChanged ? JSON.stringify(parsed) : text);
    });
  });
  return {
    answer(next: Answers): void {
      answers = next;
    },
    /** What the page waits for is there, it has its letters, and nothing on it moves. False where that never comes. */
    async rest(timeoutMs = 20_000): Promise<boolean> {
      const until = Date.now() + timeoutMs;
      for (let quiet = 0; quiet < restFrames; ) {
        if (Date.now() > until) return false;
        quiet = (await isStill(page)) && pending.size === 0 ? quiet + 1 : 0;
      }
      return true;
    },
  };
}

/** Looks at the next frame. */
function isStill(page: Page): Promise<boolean> {
  return page.evaluate(async () => {
    await document.fonts.ready;
    await new Promise((drawn) => requestAnimationFrame(drawn));
    const waits = '[aria-busy="true"], [role="status"][aria-label="Loading"], .mantine-Skeleton-root, [data-loading]';
    // What turns for as long as a run goes on is never at its end.
    const moves = document
      .getAnimations()
      .some(({ playState, effect }) => playState === "running" && effect?.getComputedTiming().endTime !== Infinity);
    return document.querySelector("h1, h2") !== null && document.querySelector(waits) === null && !moves;
  });
}
