// What `npm pack` makes, installed in an empty folder and used. It asks the registry for what the package depends on, so this
// belongs to `npm run soak -- npm-pack`.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "./paths.ts";

interface Packed {
  filename: string;
  /** Bytes. */
  size: number;
  unpackedSize: number;
  files: { path: string }[];
}

const folder = mkdtempSync(join(tmpdir(), "almanac-npm-"));
const dataDir = join(folder, "data");
let packed: Packed;

/** As a person types it: on the Node that runs the tests, which may not be the system's. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`, ALMANAC_DATA_DIR: dataDir };
const run = async (command: string, ...args: string[]): Promise<string> =>
  (await promisify(execFile)(command, args, { cwd: folder, env, maxBuffer: 1e8 })).stdout;

beforeAll(async () => {
  // With the declarations, which only a whole build writes.
  await promisify(execFile)(process.execPath, ["scripts/build.ts"], { cwd: root, maxBuffer: 1e8 });
  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const { stdout } = await promisify(execFile)("npm", pack, { cwd: root, maxBuffer: 1e8 });
  const printed = JSON.parse(stdout) as Packed[] | Record<string, Packed>;
  const [only] = Object.values(printed);
  if (only === undefined) throw new Error(`npm pack printed no package: ${stdout.slice(0, 200)}`);
  packed = only;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await run("npm", "install", "--no-audit", "--no-fund", `./${packed.filename}`);
}, 900_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000);

test("it is small, and holds what its own description names, and neither tests nor a compiler", async () => {
  // Below 4 and 14 MB, also where a build keeps the last hour's chunks for programs that still run.
  expect(packed.size).toBeLessThan(4e6);
  expect(packed.unpackedSize).toBeLessThan(15e6);
  const paths = new Set(packed.files.map(({ path }) => path));
  const described = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    main: string;
    bin: Record<string, string>;
    exports: Record<string, Record<string, string>>;
  };
  const named = [
    described.main,
    ...Object.values(described.bin),
    ...Object.values(described.exports).flatMap((entry) => Object.values(entry)),
  ].map((path) => path.replace(/^\.\//, ""));
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((path) => !paths.has(path))).toEqual([]);
  expect(
    [...paths].filter((path) => /\.test\.[jt]sx?$|^dist\/benchmarks|^(?:electron|renderer|shared|e2e)\//.test(path)),
  ).toEqual([]);
  for (const name of ["typescript", "@typescript", "electron", "react", "vite"])
    expect([name, existsSync(join(folder, "node_modules", name))]).toEqual([name, false]);
});

test("its command serves, and makes and lists schedules", async () => {
  // By its link, as npx starts it: npx itself would hand no signal on.
  const command = join(folder, "node_modules/.bin/almanac");
  const server = spawn(command, ["serve", "--no-open", "--port", "0", "--json"], { cwd: folder, env });
  const exited = once(server, "exit");
  const [line] = await Promise.race([
    once(createInterface({ input: server.stdout }), "line"),
    exited.then(([code]) => Promise.reject(new Error(`it ended with ${code}`))),
  ]);
  const { origin } = JSON.parse(String(line)) as { origin: string };
  expect((await fetch(origin)).headers.get("content-type")).toContain("text/html");
  const what = ["--workflow", "shell.command", "--every", "1d", "--input", '{"command":"true"}'];
  await run("npx", "almanac", "schedules", "create", "--id", "tick", ...what);
  const { schedules } = JSON.parse(await run("npx", "almanac", "schedules", "list", "--json")) as {
    schedules: { scheduleId: string }[];
  };
  expect(schedules.map(({ scheduleId }) => scheduleId)).toEqual(["tick"]);
  server.kill("SIGTERM");
  await exited;
});

test("its library is imported by a script, and runs that script's workflows", async () => {
  copyFileSync(join(root, "examples/own-loop.ts"), join(folder, "own-loop.ts"));
  expect(await run(process.execPath, "own-loop.ts", "1")).toMatch(/ greetings: hello world; next \d{4}-/);
});
