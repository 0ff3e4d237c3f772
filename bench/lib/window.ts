import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { type Browser, chromium, type Page } from "playwright";

/** An X server of the benchmark's own where there is no display. Null: none is needed, or it cannot be had. */
export async function startDisplay(): Promise<{ name: string; end(): void } | null> {
  if (process.platform !== "linux" || process.env["DISPLAY"]) return null;
  const server = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const pipe = server.stdio[3];
  if (!pipe || !("on" in pipe)) throw new Error("Xvfb has no pipe");
  const [number] = (await Promise.race([
    once(pipe, "data"),
    once(server, "error").then(([error]) => Promise.reject(error as Error)),
  ])) as [Buffer];
  return { name: `:${number.toString().trim()}`, end: () => void server.kill() };
}

/** What Chromium asks of who runs it as root, and of a machine without a graphics card. */
const switches = [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), "--disable-gpu", "--remote-debugging-port=0"];

export interface OpenWindow {
  process: ChildProcess;
  page: Page;
  /** From the start of the process to the first paint with something on it, ms. */
  firstPaintMs: number;
  /** From the start of the process to now, ms. */
  sinceStart(): number;
  end(): Promise<void>;
}

/** A driver that connects while a window is being made may wait for it for ever. */
async function windowListed(host: string): Promise<void> {
  for (;;) {
    const targets = (await (await fetch(`http://${host}/json/list`)).json()) as { type: string }[];
    if (targets.some(({ type }) => type === "page")) return;
    await delay(20);
  }
}

/** Starts a program that opens one window, and waits for its first paint as the page itself knows it. */
export async function openWindow(command: string, args: string[], env: Record<string, string>): Promise<OpenWindow> {
  accessSync(command);
  const startedAt = Date.now();
  const child = spawn(command, [...args, ...switches], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said: string[] = [];
  const address = await new Promise<string>((found, failed) => {
    child.on("error", failed);
    child.on("exit", (code, signal) => failed(new Error(`it ended (${code ?? signal}):\n${said.join("\n")}`)));
    createInterface({ input: child.stderr }).on("line", (line) => {
      said.push(line);
      const match = /DevTools listening on (ws:\S+)/.exec(line);
      if (match?.[1] !== undefined) found(match[1]);
    });
  });
  await windowListed(new URL(address).host);
  const browser: Browser = await chromium.connectOverCDP(address);
  const [context] = browser.contexts();
  if (context === undefined) throw new Error("it has no window's context");
  const page = context.pages()[0] ?? (await context.waitForEvent("page"));
  const paintedAt = await page.evaluate(
    () =>
      new Promise<number>((done) => {
        new PerformanceObserver((list) => {
          const [first] = list.getEntriesByName("first-contentful-paint");
          if (first !== undefined) done(performance.timeOrigin + first.startTime);
        }).observe({ type: "paint", buffered: true });
      }),
  );
  return {
    process: child,
    page,
    firstPaintMs: paintedAt - startedAt,
    sinceStart: () => Date.now() - startedAt,
    async end() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
      await browser.close().catch(() => undefined);
    },
  };
}
