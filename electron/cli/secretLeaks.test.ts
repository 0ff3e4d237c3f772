import { spawn } from "node:child_process";
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import type { Run } from "../../shared/domain/run.ts";
import { eventually } from "../runtime/local/testing/harness.ts";
import { type CliResult, cliProgram, runCli } from "./testing/runCli.ts";

const secrets = {
  COMMAND: "canary-command-4f1c",
  HEADER: "canary-header-8a2e",
  ARGUMENT: "canary-argument-77b0",
  CODE: "canary-code-c3d9",
  CRASH: "canary-crash-19e5",
};

const code = `
import { writeSync } from "node:fs";
import { secret, workflow, log } from "almanac";
export const tells = workflow("tells", async () => {
  const value = await secret("CODE");
  log("logged", value);
  console.error(Buffer.from(value).toString("base64"));
  throw new Error("thrown " + value, { cause: value });
});
export const crashes = workflow("crashes", async () => {
  writeSync(2, "last words " + (await secret("CRASH")) + "\\n");
  process.abort();
});`;

/** The laxest umask there is: what is private is so because the program made it so. */
const lax = ["sh", "-c", 'umask 000; exec "$@"', "sh"] as const;

const linux = process.platform === "linux";
if (!linux) console.log("command lines of processes are read from /proc, which only Linux has: this test is left out");

test.skipIf(!linux)(
  "planted secrets are nowhere but where they were put on purpose, and nobody else can read what is kept",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "almanac-leaks-"));
    const dataDir = join(folder, "data");
    const module = join(folder, "tells.ts");
    writeFileSync(module, code, { mode: 0o600 });
    const printed: string[] = [];
    const cli = async (args: string[], stdin = ""): Promise<CliResult> => {
      const result = await runCli(["--data-dir", dataDir, ...args, "--json"], { stdin, under: lax });
      printed.push(result.out, result.err);
      return result;
    };
    // The first program that fires makes the database.
    await cli(["scheduler", "run", "--duration", "1"]);
    const run = async (name: string, input: unknown): Promise<Run> =>
      (
        await cli(["workflows", "run", name, "--module", module, "--input", JSON.stringify(input), "--wait"])
      ).json<Run>();

    const headers: unknown[] = [];
    const website = createServer((request, response) => {
      headers.push(request.headers["authorization"]);
      response.end(`you sent ${request.headers["authorization"]}`);
    });
    await new Promise<void>((listening) => website.listen(0, "127.0.0.1", listening));
    const [sh, ...rest] = lax;
    const serve = ["serve", "--port", "0", "--no-open", "--json", "--data-dir", dataDir, "--module", module];
    const server = spawn(sh, [...rest, process.execPath, cliProgram, ...serve], { stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise((done) => server.once("exit", done));
    server.stderr.on("data", (chunk) => printed.push(String(chunk)));
    try {
      let token = "";
      for await (const line of createInterface({ input: server.stdout })) {
        token = /#token=([^"\s]+)/.exec(line)?.[1] ?? "";
        if (token !== "") break;
      }
      server.stdout.on("data", (chunk) => printed.push(String(chunk)));
      server.stdout.resume();
      for (const [name, value] of Object.entries(secrets)) await cli(["secrets", "set", name], value);

      const [ready, go] = [join(folder, "ready"), join(folder, "go")];
      const waits = `test -n "$TOKEN" && echo "$TOKEN" && touch '${ready}' && while [ ! -e '${go}' ]; do sleep 0.1; done`;
      const waiting = run("script.run", { file: writeScript(folder, waits), env: { TOKEN: "{{secret.COMMAND}}" } });
      await Promise.race([eventually(() => existsSync(ready), 120_000), waiting]);
      const commandLines = readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(commandLineOf)
        .join("\n");
      writeFileSync(go, "");
      expect(await waiting).toMatchObject({ status: "completed" });

      const { port } = website.address() as AddressInfo;
      const url = `http://127.0.0.1:${port}/`;
      const asked = await run("http.request", { url, headers: { authorization: "Bearer {{secret.HEADER}}" } });
      expect(asked.status).toBe("completed");
      expect(headers).toEqual([`Bearer ${secrets.HEADER}`]);
      const script = { file: writeScript(folder, "echo no"), args: ["{{secret.ARGUMENT}}"] };
      const runs = [await run("script.run", script), await run("tells", {}), await run("crashes", {})];
      expect(runs.map(({ status, error }) => [status, error?.code])).toEqual([
        ["failed", "INVALID_INPUT"],
        ["failed", "WORKFLOW_ERROR"],
        ["failed", "RUNNER_CRASHED"],
      ]);
      for (const { runId } of [asked, ...runs]) await cli(["runs", "logs", runId]);
      await cli(["export"]);
      await cli(["doctor"]);
      server.kill("SIGTERM");
      await ended;

      const kept = readdirSync(dataDir, { recursive: true, withFileTypes: true }).map((entry) => ({
        path: join(entry.parentPath, entry.name),
        isFile: entry.isFile(),
      }));
      for (const [name, value] of Object.entries({ ...secrets, token })) {
        expect(value.length, name).toBeGreaterThan(10);
        expect(commandLines, `${name} in the list of processes`).not.toContain(value);
        expect(printed.join(""), `${name} in what was printed`).not.toContain(value);
        for (const { path, isFile } of kept) {
          if (isFile) expect(readFileSync(path).includes(value), `${name} in ${path}`).toBe(false);
        }
      }
      const open = [{ path: dataDir }, ...kept].filter(({ path }) => (lstatSync(path).mode & 0o077) !== 0);
      expect(open).toEqual([]);
    } finally {
      website.close();
      if (server.exitCode === null) server.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    }
  },
  300_000,
);

function writeScript(folder: string, text: string): string {
  const path = join(folder, `${readdirSync(folder).length}.sh`);
  writeFileSync(path, text, { mode: 0o700 });
  return path;
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}
