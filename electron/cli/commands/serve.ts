import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { createServer } from "../../server/server.ts";
import { leaf } from "../command.ts";
import { pagesDir, withApp } from "../context.ts";
import { untilInterrupted, wait } from "../interrupt.ts";
import type { CliIo } from "../output.ts";
import { existingPath, wholeNumber } from "../values.ts";

/** Asked for first, so that what a browser keeps for the pages (theme, saved views) is there again next time. */
const usualPort = 7390;

/**
 * Opens the browser by a file of the person's own that leads to the address: the token in it would be there for
 * every user of the machine to see among a program's arguments.
 */
function openBrowser(url: string, dataDir: string): () => void {
  const file = join(dataDir, `open-${process.pid}.html`);
  writeFileSync(
    file,
    `<!doctype html><meta http-equiv="refresh" content="0; url=${url}"><a href="${url}">Almanac</a>\n`,
    {
      mode: 0o600,
    },
  );
  const [program, ...before] =
    process.platform === "darwin" ? ["open"] : process.platform === "win32" ? ["explorer.exe"] : ["xdg-open"];
  const child = spawn(program ?? "xdg-open", [...before, file], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
  return () => rmSync(file, { force: true });
}

export function addServe(program: Command, io: CliIo): void {
  leaf(program, "serve", "engine and pages without Electron, on loopback", [
    "serve",
    "serve --port 7391 --no-open",
    "serve --json --no-open",
  ])
    .option("--port <number>", `port to listen on (default: ${usualPort}, else any free one)`, wholeNumber(0, 65_535))
    .option(
      "--host <address>",
      "address to listen on; anyone who can reach it and has the address may do all you may",
      "127.0.0.1",
    )
    .option("--no-open", "do not open a browser")
    .option("--module <path>", "load workflows from a file or folder (repeatable)", existingPath)
    .action(async (local: { port?: number; host: string; open: boolean; module?: string[] }, command: Command) => {
      const interrupt = untilInterrupted();
      await withApp(
        io,
        command,
        {
          role: "engine",
          programName: "server",
          loadWorkflows: true,
          ...(local.module === undefined ? {} : { modulePaths: local.module }),
        },
        async ({ app, options }) => {
          await app.start();
          const listen = (port: number) => createServer({ app, pagesDir, port, host: local.host });
          const server = await (local.port === undefined
            ? listen(usualPort).catch(() => listen(0))
            : listen(local.port));
          let forget = (): void => {};
          try {
            const { url, port } = server;
            io.out.write(
              options.json === true
                ? `${JSON.stringify({ url, port, pid: process.pid })}\n`
                : `Almanac is at ${url}\n(this address signs you in; Ctrl-C ends it)\n`,
            );
            if (local.open && options.json !== true) forget = openBrowser(url, app.dataDir);
            await wait(interrupt.signal);
          } finally {
            forget();
            await server.close();
          }
        },
      );
      interrupt.done();
    });
}
