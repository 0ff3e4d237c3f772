import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { AppError, invalidField } from "../../../shared/domain/errors.ts";
import { checkServerOptions, createServer } from "../../server/server.ts";
import { leaf } from "../command.ts";
import { pagesDir, withApp } from "../context.ts";
import { untilInterrupted, wait } from "../interrupt.ts";
import { type CliIo, inertLine } from "../output.ts";
import { printRunLines } from "../runLines.ts";
import { type RuntimeOptions, runtimeOf, withRuntime } from "../runtimeOptions.ts";
import { collect, existingPath, readText, wholeNumber } from "../values.ts";
import { tellWhoFires } from "../whoFires.ts";

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

interface ServeOptions extends RuntimeOptions {
  port?: number;
  host: string;
  cert?: string;
  key?: string;
  behindProxy?: boolean;
  allowHost?: string[];
  open: boolean;
  module?: string[];
  verbose?: boolean;
}

/** Throws AppError where only one of the two is given, or a file cannot be read. */
function tlsOf({ cert, key }: ServeOptions): { cert: string; key: string } | null {
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined) throw invalidField("cert", undefined, "with --key, the certificate is needed too");
  if (key === undefined) throw invalidField("key", undefined, "with --cert, the key that belongs to it is needed too");
  return { cert: readText("cert", cert), key: readText("key", key) };
}

/** What a person must know about the way to these pages. */
function wayWords(tls: boolean, behindProxy: boolean): string {
  if (behindProxy) return "plain http: only the proxy, which does TLS, may reach this port";
  return tls ? "TLS" : "plain http, for this machine only";
}

export function addServe(program: Command, io: CliIo): void {
  const serve = leaf(program, "serve", "engine and pages without Electron, on loopback", [
    "serve",
    "serve --port 7391 --no-open",
    "serve --json --no-open",
    "serve --host 0.0.0.0 --cert cert.pem --key key.pem --no-open",
    "serve --behind-proxy --allow-host almanac.example --no-open",
  ]);
  withRuntime(serve)
    .option("--port <number>", `port to listen on (default: ${usualPort}, else any free one)`, wholeNumber(0, 65_535))
    .option(
      "--host <address>",
      "address to listen on; beyond this machine it needs a certificate or a proxy that has one",
      "127.0.0.1",
    )
    .option("--cert <file>", "certificate for TLS, PEM; with --key")
    .option("--key <file>", "the certificate's key, PEM")
    .option("--behind-proxy", "a proxy in front does TLS, and only it can reach this port; needs --allow-host")
    .option("--allow-host <name>", "a further name that the pages are opened by (repeatable)", collect)
    .option("--no-open", "do not open a browser")
    .option("--module <path>", "load workflows from a file or folder (repeatable)", existingPath)
    .option("--verbose", "print a line for each start and end of a run")
    .action(async (local: ServeOptions, command: Command) => {
      const tls = tlsOf(local);
      const network = {
        host: local.host,
        ...(tls === null ? {} : { tls }),
        behindProxy: local.behindProxy === true,
        allowHosts: local.allowHost ?? [],
      };
      checkServerOptions(network);
      const interrupt = untilInterrupted();
      await withApp(
        io,
        command,
        {
          role: "engine",
          programName: "server",
          loadWorkflows: true,
          ...runtimeOf(local, io.env),
          ...(local.module === undefined ? {} : { modulePaths: local.module }),
        },
        async ({ app, options }) => {
          await app.start();
          let forget = (): void => {};
          let stopTelling = (): void => {};
          let stopPrinting = (): void => {};
          const listen = (port: number) =>
            createServer({
              app,
              pagesDir,
              port,
              ...network,
              log: (line) => io.err.write(`${new Date().toISOString()} ${inertLine(line)}\n`),
              onSignedIn: () => forget(),
            });
          const server = await (local.port === undefined
            ? listen(usualPort).catch((error: unknown) => {
                if (error instanceof AppError && error.code === "CONFLICT") return listen(0);
                throw error;
              })
            : listen(local.port));
          try {
            const { url, origin, port } = server;
            const way = wayWords(tls !== null, local.behindProxy === true);
            io.out.write(
              options.json === true
                ? `${JSON.stringify({ url, origin, port, pid: process.pid })}\n`
                : `Almanac is at ${url}\n${server.others.map((other) => `also at ${other}\n`).join("")}` +
                    `(${way}. This address signs one browser in, once; for more: almanac tokens create. Ctrl-C ends it.)\n`,
            );
            stopTelling = tellWhoFires(io, app);
            if (local.verbose === true) stopPrinting = printRunLines(app, io, { json: options.json === true });
            if (local.open && options.json !== true) forget = openBrowser(url, app.dataDir);
            await wait(interrupt.signal);
          } finally {
            stopPrinting();
            stopTelling();
            forget();
            await server.close();
          }
        },
      );
      interrupt.done();
    });
}
