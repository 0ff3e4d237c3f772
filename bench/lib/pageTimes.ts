import { gzipSync } from "node:zlib";
import type { CDPSession, Page } from "playwright";

/** Makes {@link untilPainted} know when a key was pressed. */
export async function rememberKeys(page: Page): Promise<void> {
  await page.addInitScript(() => {
    addEventListener(
      "keydown",
      (event) => {
        (window as { pressedAt?: number }).pressedAt = event.timeStamp;
      },
      true,
    );
  });
}

const sessions = new WeakMap<Page, Promise<CDPSession>>();

async function measuredFromNow(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return session;
}

/** Milliseconds of processor time that the page's main thread has taken since this was first asked of it. */
export async function threadMs(page: Page): Promise<number> {
  const known = sessions.get(page) ?? measuredFromNow(page);
  sessions.set(page, known);
  const session = await known;
  const { metrics } = await session.send("Performance.getMetrics");
  return 1000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN);
}

/** In the page: milliseconds from `since` (on the page's own clock) until what `ready` asks for has been painted. */
export function untilPainted(page: Page, since: number | "keydown", ready: () => boolean): Promise<number> {
  return page.evaluate(
    ({ since, test }) => {
      const isReady = new Function(`return (${test})()`) as () => boolean;
      return new Promise<number>((done) => {
        const look = (): void => {
          if (!isReady()) {
            requestAnimationFrame(look);
            return;
          }
          // A message sent from a frame arrives once that frame is painted.
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            const from = since === "keydown" ? (window as { pressedAt?: number }).pressedAt : since;
            done(performance.now() - (from ?? 0));
          };
          port2.postMessage(null);
        };
        look();
      });
    },
    { since, test: ready.toString() },
  );
}

/** What the page's frames took while something was done to it, sorted, and the longest that its thread was kept. */
export async function frames(page: Page, what: () => Promise<void>): Promise<{ gaps: number[]; longest: number }> {
  await page.evaluate(() => {
    const state = { gaps: [] as number[], longest: 0, on: true };
    Object.assign(window, { almanacFrames: state });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) state.longest = Math.max(state.longest, duration);
    }).observe({ type: "longtask" });
    let last = performance.now();
    const frame = (at: number): void => {
      state.gaps.push(at - last);
      last = at;
      if (state.on) requestAnimationFrame(frame);
    };
    requestAnimationFrame((at) => {
      last = at;
      requestAnimationFrame(frame);
    });
  });
  await what();
  const { gaps, longest } = await page.evaluate(() => {
    const state = (window as unknown as { almanacFrames: { gaps: number[]; longest: number; on: boolean } })
      .almanacFrames;
    state.on = false;
    return { gaps: state.gaps, longest: state.longest };
  });
  return { gaps: gaps.sort((a, b) => a - b), longest };
}

/** Bytes of the scripts that a page loads until it is ready, each compressed as a server may. */
export async function scriptBytes(page: Page, open: () => Promise<unknown>): Promise<number> {
  const bodies: Promise<Buffer>[] = [];
  const onResponse = (response: { request(): { resourceType(): string }; body(): Promise<Buffer> }): void => {
    if (response.request().resourceType() !== "script") return;
    // What the page before had asked for is gone with it.
    bodies.push(response.body().catch(() => Buffer.alloc(0)));
  };
  page.on("response", onResponse);
  await open();
  page.off("response", onResponse);
  return (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body).length, 0);
}
