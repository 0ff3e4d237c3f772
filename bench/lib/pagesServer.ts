import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createAlmanacApp } from "../../electron/api/app.ts";
import { createServer } from "../../electron/server/server.ts";
import { processorMs } from "./processTree.ts";

const argument = "--serve=";

/** Changes a second, all through {@link PagesServer.whileChanging}. */
export const changesPerSecond = 20;

/** The pages and what answers them in a process of their own, as people have them: what drives the browser takes time, too. */
export interface PagesServer {
  /** Signs a browser in, once. */
  readonly url: string;
  readonly home: string;
  /** Processor time so far, ms. */
  processorMs(): number;
  /** Changes schedules, those on screen among them, until `what` has ended. */
  whileChanging(what: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

type Told = "change" | "rest";

/** Where this program was started as such a server: it is one from now on. */
export async function runAsPagesServer(): Promise<boolean> {
  const dataDir = process.argv.find((arg) => arg.startsWith(argument))?.slice(argument.length);
  if (dataDir === undefined) return false;
  // A client: nothing fires beside what is measured.
  const app = await createAlmanacApp({ dataDir, programName: "bench", role: "client", createDatabase: true });
  const server = await createServer({ app, pagesDir: join(process.cwd(), "dist/renderer") });
  let changes = false;
  const change = async (): Promise<void> => {
    for (let n = 0; changes; n++) {
      const scheduleId = `schedule-${(n >> 1) % 40}`;
      if (n % 2 === 0) app.engine.pauseSchedule({ scheduleId }, "code");
      else app.engine.resumeSchedule(scheduleId, "code");
      await delay(1000 / changesPerSecond);
    }
  };
  process.on("message", (told: Told) => {
    changes = told === "change";
    if (changes) void change();
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.({ url: server.url, home: `http://127.0.0.1:${server.port}/` });
  return true;
}

export async function startPagesServer(dataDir: string): Promise<PagesServer> {
  const child = fork(process.argv[1] ?? "", [`${argument}${dataDir}`], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const [{ url, home }] = (await once(child, "message")) as [Pick<PagesServer, "url" | "home">];
  const tell = (told: Told): boolean => child.send(told);
  return {
    url,
    home,
    processorMs: () => processorMs([child.pid ?? 0]),
    async whileChanging(what) {
      tell("change");
      await what();
      tell("rest");
    },
    async close() {
      const gone = once(child, "exit");
      child.disconnect();
      await gone;
    },
  };
}
