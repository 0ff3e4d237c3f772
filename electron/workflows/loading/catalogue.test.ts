import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import type { ModuleVersion } from "../../../shared/domain/workflow.ts";
import { nodeRunners } from "../../runtime/local/processes/nodeRunners.ts";
import { eventually, leftovers, startHarness } from "../../runtime/local/testing/harness.ts";
import { type CatalogueOptions, createCatalogue, type Offered } from "./catalogue.ts";

const hello = (text: string): string =>
  `import { workflow } from "almanac"; export const hello = workflow("hello", async () => "${text}");`;

function openCatalogue(options: Partial<CatalogueOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "almanac-catalogue-"));
  const catalogue = createCatalogue({ paths: [folder], spawnRunner: nodeRunners(), watchFiles: false, ...options });
  return {
    folder,
    catalogue,
    write(name: string, text: string): string {
      const path = join(folder, name);
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    async [Symbol.asyncDispose]() {
      await catalogue.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A program of its own that looks at the folder. */
function startLooking({ folder, write }: Pick<ReturnType<typeof openCatalogue>, "folder" | "write">, code: string) {
  const source = (file: string): string => JSON.stringify(join(import.meta.dirname, file));
  const program = write(
    "program.mjs",
    `import { createCatalogue } from ${source("catalogue.ts")}; import { nodeRunners } from ${source("../../runtime/local/processes/nodeRunners.ts")};
     const catalogue = createCatalogue({ paths: [${JSON.stringify(folder)}], spawnRunner: nodeRunners(), watchFiles: false });
     ${code}`,
  );
  return spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
}

describe("what is found", () => {
  test("built-in workflows, with schemas that a form can be made of", async () => {
    await using opened = openCatalogue();
    const infos = opened.catalogue.list();
    expect(infos.map(({ name }) => name)).toEqual(["shell.command", "http.request", "script.run"]);
    for (const { description, inputSchema } of infos) {
      expect(description).not.toBe("");
      const properties = (inputSchema?.["properties"] ?? {}) as Record<string, { title?: string }>;
      for (const [field, schema] of Object.entries(properties)) expect(schema.title, field).toBeTruthy();
    }
    expect(opened.catalogue.get("http.request")?.defaults).toMatchObject({ method: "GET", timeout: "60s" });
  });

  test("TypeScript as it is, anywhere, importing its neighbours, with nothing installed beside it", async () => {
    await using opened = openCatalogue();
    opened.write("lib/numbers.ts", "export enum Size { Small = 3 }\nexport const limit: number = Size.Small;");
    const path = opened.write(
      "nested/report.ts",
      `import { scheduledWorkflow, step, z, type RunContext } from "almanac";
       import { limit } from "../lib/numbers";
       const load = step("load", async (_context?: RunContext) => limit);
       export const report = scheduledWorkflow({
         name: "report", description: "Says how much.", cron: "0 9 * * *", timezone: "Europe/Berlin", overlapPolicy: "buffer_one", queue: "office",
         input: z.object({ limit: z.number().int().min(1).default(limit).describe("Rows"), title: z.string() }), scheduleInput: { title: "daily" },
       }, async () => load());`,
    );
    opened.write("unrelated.ts", "throw new Error('not about workflows: never executed')");
    opened.write("notes.txt", "almanac");
    await opened.catalogue.reload();
    expect(opened.catalogue.errors()).toEqual([]);
    expect(opened.catalogue.get("report")).toMatchObject({
      description: "Says how much.",
      source: { kind: "file", path, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      defaults: { limit: 3 },
      stepNames: ["load"],
      queue: "office",
      declaration: {
        scheduleId: "report",
        workflowName: "report",
        spec: { cron: "0 9 * * *", timezone: "Europe/Berlin" },
        overlapPolicy: "buffer_one",
        input: { title: "daily" },
      },
    });
  });

  test("a limit of memory in the code, of a workflow and of one with its schedule; what is no size is its file's error", async () => {
    await using opened = openCatalogue();
    opened.write(
      "sizes.ts",
      `import { scheduledWorkflow, workflow } from "almanac";
       export const plain = workflow("plain", async () => 1);
       export const large = workflow({ name: "large", memoryLimit: "2GiB" }, async () => 1);
       export const hourly = scheduledWorkflow({ name: "hourly", cron: "0 * * * *", memoryLimit: "none" }, async () => 1);`,
    );
    const broken = opened.write(
      "broken.ts",
      `import { workflow } from "almanac";\nexport const wide = workflow({ name: "wide", memoryLimit: "12 potatoes" }, async () => 1);`,
    );
    await opened.catalogue.reload();
    const limitOf = (name: string) => opened.catalogue.get(name)?.memoryLimit;
    expect(["plain", "large", "hourly", "shell.command"].map(limitOf)).toEqual([null, "2GiB", "none", null]);
    expect(opened.catalogue.errors()).toEqual([
      expect.objectContaining({
        path: broken,
        line: 2,
        message: expect.stringMatching(/memoryLimit of workflow wide: .*such as 512MiB.*"12 potatoes"/),
      }),
    ]);
  });

  test("decorators, JSX and a tsconfig's paths, as TypeScript means them", async () => {
    await using opened = openCatalogue();
    const json = (options: object): string => JSON.stringify({ compilerOptions: options });
    opened.write("new/tsconfig.json", json({ baseUrl: ".", paths: { "#lib/*": ["lib/*"] }, jsxImportSource: "./lib" }));
    opened.write(
      "new/lib/jsx-runtime.ts",
      "export const jsx = (tag: string, props: object) => ({ tag, ...props }); export { jsx as jsxs };",
    );
    opened.write("new/lib/size.ts", "export const size: number = 4;");
    const page = opened.write(
      "new/page.tsx",
      `import { workflow } from "almanac";
       import { size } from "#lib/size";
       import { size as again } from "lib/size";
       import type { Nothing } from "#lib/none";
       const seen: string[] = [];
       function logged<T extends (...args: never[]) => unknown>(method: T, context: ClassMethodDecoratorContext) {
         context.addInitializer(function () { seen.push("init " + String(context.name)); });
         return function (this: unknown, ...args: never[]) { seen.push("call"); return method.apply(this, args); } as T;
       }
       const times = (n: number) => (_: undefined, _context: ClassFieldDecoratorContext) => (value: number) => value * n;
       class Page { @times(10) size = size; @logged render() { return <p title={"a"}>{this.size}</p>; } @logged async #hidden() { return 1; } }
       await Promise.resolve();
       export const render = workflow("render", async () => ({ ...new Page().render(), again, seen, near: import.meta.url.endsWith("page.tsx") }));`,
    );
    opened.write(
      "old/tsconfig.json",
      json({ target: "es2017", experimentalDecorators: true, emitDecoratorMetadata: true }),
    );
    const old = opened.write(
      "old/entity.ts",
      `import { workflow } from "almanac";
       const types: string[] = [];
       (Reflect as unknown as Record<string, unknown>)["metadata"] = (key: string, value: { name?: string }) => () => void types.push(key + " " + value?.name);
       const column = (target: object, key: string, at?: unknown) => void types.push(typeof target + " " + key + " " + typeof at);
       class Entity { @column name!: string; find(@column id: number) { return id; } }
       export const entity = workflow("entity", async () => ({ types, own: Object.keys(new Entity()) }));`,
    );
    const broken = opened.write("new/broken.tsx", 'import { workflow } from "almanac";\n\nexport const x = <p>;\n');
    const thrower = opened.write(
      "new/throws.ts",
      'import { workflow } from "almanac";\nconst no = (..._: unknown[]) => {};\n@no class X {}\n\nthrow new TypeError("at load");\nexport { X, workflow };',
    );
    await opened.catalogue.reload();
    expect(opened.catalogue.errors().map(({ path, line }) => [path, line])).toEqual([
      [broken, 3],
      [thrower, 5],
    ]);
    await using harness = await startHarness();
    const run = (workflowName: string, modulePath: string) => harness.run({ workflowName, modulePath }).ended;
    expect(await run("render", page)).toMatchObject({
      result: {
        tag: "p",
        title: "a",
        children: 40,
        again: 4,
        near: true,
        seen: ["init render", "init #hidden", "call"],
      },
    });
    expect(await run("entity", old)).toMatchObject({
      result: {
        types: expect.arrayContaining(["design:type String", "object name undefined", "object find number"]),
        own: [],
      },
    });
    const source = opened.catalogue.get("render")?.source;
    expect(source?.kind === "file" && source.files).toContain(join(opened.folder, "new/tsconfig.json"));
  });

  test("a file that has offered workflows is listed until it is gone, over restarts too", async () => {
    let offered: Offered = {};
    const onOffered = (next: Offered): void => {
      offered = next;
    };
    await using opened = openCatalogue({ onOffered });
    const path = opened.write("hello.ts", hello("one"));
    await opened.catalogue.reload();
    expect(offered).toEqual({ [path]: ["hello"] });
    const errors = () => opened.catalogue.errors().map(({ message }) => message);
    opened.write("hello.ts", "<<<<<<< a merge that was not ended");
    await opened.catalogue.reload();
    expect(errors()).toEqual(['The file no longer imports from "almanac" (it has offered hello)']);
    opened.write("hello.ts", `${hello("two")}\nconst broken: = 3;`);
    await opened.catalogue.reload();
    expect(errors()).toEqual([expect.stringMatching(/Unexpected token.* \(it has offered hello\)$/s)]);
    opened.write("hello.ts", "");
    const again = createCatalogue({
      paths: [opened.folder],
      spawnRunner: nodeRunners(),
      watchFiles: false,
      offered: () => offered,
      onOffered,
    });
    await again.reload();
    expect(again.errors()).toMatchObject([{ path, message: expect.stringContaining("it has offered hello") }]);
    rmSync(path);
    await again.reload();
    expect([again.errors(), offered]).toEqual([[], {}]);
    await again.close();
  });

  test("files that do not load are shown with their place, and harm no other", async () => {
    await using opened = openCatalogue({ loadTimeoutMs: 4_000 });
    opened.write("a-syntax.ts", 'import { workflow } from "almanac";\n\nconst broken: = 3;\n');
    opened.write(
      "b-throws.ts",
      'import { workflow } from "almanac";\ninterface Unused { a: string }\n\n  throw new TypeError("at load");\n',
    );
    opened.write("c-exits.ts", 'import { workflow } from "almanac"; process.exit(4);');
    opened.write("d-loops.ts", 'import { workflow } from "almanac"; for (;;);');
    opened.write(
      "e-missing.ts",
      'import { workflow } from "almanac";\nimport { x } from "./nowhere";\nexport const y = x;',
    );
    opened.write("f-none.ts", 'import { step } from "almanac"; step("lonely", async () => 1);');
    opened.write(
      "g-name.ts",
      'import { workflow } from "almanac";\nexport const bad = workflow("not a name!", async () => 1);',
    );
    opened.write("h-hosts.ts", 'import { configure } from "almanac"; await configure({ dataDir: "/nowhere" });');
    opened.write(
      "i-builtin.ts",
      'import { workflow } from "almanac"; export const shell = workflow("shell.command", async () => 1);',
    );
    opened.write(
      "k-kills.ts",
      'import { workflow } from "almanac"; import { spawn } from "node:child_process"; spawn("sleep", ["9999"], { detached: true }); throw new Error("left a process");',
    );
    opened.write(
      "l-schedule.ts",
      `import { scheduledWorkflow } from "almanac";

       export const odd = scheduledWorkflow({ name: "odd", cron: "61 * * * *", maxAttempts: 0 }, async () => 1);`,
    );
    opened.write("z-fine.ts", hello("fine"));
    await opened.catalogue.reload();
    const errors = Object.fromEntries(
      opened.catalogue
        .errors()
        .map(({ path, line, column, message }) => [path.slice(opened.folder.length + 1), { line, column, message }]),
    );
    expect(errors).toMatchObject({
      "a-syntax.ts": { line: 3, column: 15, message: expect.stringContaining("Unexpected token") },
      "b-throws.ts": { line: 4, message: expect.stringContaining("at load") },
      "c-exits.ts": { message: expect.stringContaining("exit code 4") },
      "d-loops.ts": { message: expect.stringContaining("had not loaded after 4 s") },
      "e-missing.ts": { line: 2, message: expect.stringMatching(/^Cannot find module '.\/nowhere'$/) },
      "f-none.ts": { message: expect.stringContaining("exports no workflow") },
      "g-name.ts": { line: 2, message: expect.stringContaining("a workflow's name is") },
      "h-hosts.ts": { message: expect.stringContaining("belong into the program that hosts the engine") },
      "l-schedule.ts": {
        line: 3,
        message: expect.stringMatching(/^the schedule of workflow odd: cron: the minute field .*; maxAttempts: /),
      },
      "i-builtin.ts": { message: expect.stringContaining("taken by a built-in workflow") },
    });
    expect(opened.catalogue.get("hello")).toBeDefined();
    expect(() => opened.catalogue.checkInput("odd", {})).toThrow(
      /no workflow "odd" here.*Not loaded: .*a-syntax.ts:3:15/,
    );
    await eventually(() => leftovers().length === 0, 5_000);
  }, 60_000);

  test("a program that only waits for its files to be looked at is not over before", async () => {
    await using opened = openCatalogue();
    opened.write("hello.ts", hello("kept"));
    const child = startLooking(opened, "await catalogue.reload(); console.log(catalogue.get('hello')?.name);");
    expect(await text(child.stdout)).toBe("hello\n");
  });

  test("a file that loops while it is looked at does not outlive the program", async () => {
    await using opened = openCatalogue();
    opened.write("loops.ts", 'import { workflow } from "almanac"; for (;;);');
    const child = startLooking(opened, 'void catalogue.reload(); console.log("looking");');
    await new Promise((looking) => child.stdout.once("data", looking));
    await eventually(() => leftovers(child.pid).length > 0, 30_000);
    child.kill("SIGKILL");
    await eventually(() => leftovers(child.pid).length === 0, 5_000);
  }, 60_000);

  test("what somebody else could have put there is not even looked at", async () => {
    await using opened = openCatalogue();
    const outside = mkdtempSync(join(tmpdir(), "almanac-outside-"));
    try {
      writeFileSync(join(outside, "target.ts"), hello("outside"));
      symlinkSync(join(outside, "target.ts"), join(opened.folder, "link.ts"));
      chmodSync(opened.write("writable.ts", hello("writable")), 0o666);
      opened.write("open/inside.ts", hello("inside"));
      chmodSync(join(opened.folder, "open"), 0o777);
      const ran = join(outside, "ran");
      const imported = {
        "open.cjs": 'exports.text = "open";',
        "open.js": `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(ran)}, ""); export const text = "open";`,
        "open.json": '{ "text": "open" }',
      };
      for (const [name, code] of Object.entries(imported)) {
        writeFileSync(join(outside, name), code);
        chmodSync(join(outside, name), 0o666);
        opened.write(
          `imports-${name}.ts`,
          `import { text } from ${JSON.stringify(join(outside, name))}; export const shown = text; ${hello("shown")}`,
        );
      }
      await opened.catalogue.reload();
      expect(opened.catalogue.errors().map(({ message }) => message)).toEqual([
        ...Object.keys(imported).map((name) =>
          expect.stringContaining(
            `${join(outside, name)}: The file could be changed by others: ${join(outside, name)} can be written by everybody`,
          ),
        ),
        expect.stringContaining("link out of its folder"),
        expect.stringContaining(`${join(opened.folder, "open")} can be written by everybody`),
        expect.stringContaining(`${join(opened.folder, "writable.ts")} can be written by everybody`),
      ]);
      expect(opened.catalogue.get("hello")).toBeUndefined();
      expect(existsSync(ran)).toBe(false);
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });
});

describe("input", () => {
  test("is refused with the field, what was given and what would be taken; defaults are filled in", async () => {
    await using opened = openCatalogue();
    opened.write(
      "typed.ts",
      `import { workflow, z } from "almanac";
       export const typed = workflow({ name: "typed", input: z.strictObject({ count: z.number().int().min(1).default(2), names: z.array(z.string()), day: z.coerce.date().optional() }) }, async (input) => input);`,
    );
    await opened.catalogue.reload();
    expect(opened.catalogue.checkInput("typed", { names: ["a"] })).toEqual({ count: 2, names: ["a"] });
    expect(opened.catalogue.checkInput("typed", { names: [], day: "2026-01-31" })).toMatchObject({ day: "2026-01-31" });
    expect(opened.catalogue.checkInput("typed", { names: [], day: 0 })).toMatchObject({ day: 0 });
    for (const [input, path] of [
      [{ names: ["a"], count: 0 }, "input.count"],
      [{ names: [1] }, "input.names[0]"],
      [{}, "input.names"],
      [{ names: [], more: 1 }, "input.more"],
      [{ names: [], day: "" }, "input.day"],
      [{ names: [], day: {} }, "input.day"],
    ] as const) {
      expect(() => opened.catalogue.checkInput("typed", input)).toThrow(
        expect.objectContaining({
          code: "INVALID_INPUT",
          issues: expect.arrayContaining([expect.objectContaining({ path })]),
        }),
      );
    }
    expect(() => opened.catalogue.checkInput("nope", {})).toThrow(
      expect.objectContaining({ code: "UNKNOWN_WORKFLOW" }),
    );
    expect(opened.catalogue.checkInput("shell.command", { command: "date" })).toMatchObject({
      command: "date",
      shell: "default",
      acceptedExitCodes: [0],
    });
  });
});

describe("changes", () => {
  test("are noticed by themselves, in the file and in what it imports", async () => {
    await using opened = openCatalogue({ watchFiles: true });
    opened.write("helper.ts", 'export const text = "one";');
    opened.write(
      "hello.ts",
      'import { workflow } from "almanac"; import { text } from "./helper"; export const hello = workflow({ name: "hello", description: text }, async () => text);',
    );
    await opened.catalogue.reload();
    expect(opened.catalogue.get("hello")?.description).toBe("one");
    const changed = (): Promise<void> =>
      new Promise((done) => {
        const stop = opened.catalogue.onChange(() => {
          stop();
          done();
        });
      });
    let next = changed();
    opened.write("helper.ts", 'export const text = "another";');
    await next;
    expect(opened.catalogue.get("hello")?.description).toBe("another");
    next = changed();
    opened.write(
      "second.ts",
      'import { workflow } from "almanac"; export const second = workflow("second", async () => 2);',
    );
    await next;
    expect(opened.catalogue.get("second")).toBeDefined();
    next = changed();
    rmSync(join(opened.folder, "second.ts"));
    await next;
    expect(opened.catalogue.get("second")).toBeUndefined();
  });

  test("in what a file imports alone make it looked at again before any of it runs", async () => {
    await using opened = openCatalogue();
    const loads = join(opened.folder, "loads.log");
    const text = (value: string): string =>
      `import { appendFileSync } from "node:fs"; appendFileSync(${JSON.stringify(loads)}, "${value} "); export const text = "${value}";`;
    opened.write("lib/text.js", text("old"));
    const modulePath = opened.write(
      "shows.ts",
      'import { workflow } from "almanac"; import { text } from "./lib/text"; export const shows = workflow({ name: "shows", description: text }, async () => text);',
    );
    await opened.catalogue.reload();
    const source = opened.catalogue.get("shows")?.source;
    if (source?.kind !== "file") throw new Error("not found");
    expect(source.files).toEqual([modulePath, join(opened.folder, "lib/text.js")]);
    opened.write("lib/text.js", text("new"));
    const lookedAgain: string[] = [];
    await using harness = await startHarness({
      refreshModule: async (name, path) => {
        const version = await opened.catalogue.refresh(name, path);
        lookedAgain.push(readFileSync(loads, "utf8"));
        return version;
      },
    });
    const run = harness.run({ workflowName: "shows", modulePath, module: source });
    expect(await run.ended).toMatchObject({ kind: "completed", result: "new" });
    expect(lookedAgain).toEqual(["old new "]);
    expect(opened.catalogue.get("shows")?.description).toBe("new");
  });

  test("reach the next run; one that is under way finishes on the old code", async () => {
    await using opened = openCatalogue();
    const slow = (text: string): string =>
      `import { workflow, log } from "almanac"; import { text } from "./text";
       export const slow = workflow("slow", async (input) => { log("up"); await new Promise((done) => setTimeout(done, input.ms)); return [text, "${text}"]; });`;
    opened.write("text.ts", 'export const text = "old helper";');
    const modulePath = opened.write("slow.ts", slow("old"));
    await opened.catalogue.reload();
    const version = (): ModuleVersion => {
      const source = opened.catalogue.get("slow")?.source;
      return source?.kind === "file" ? { hash: source.hash, files: source.files } : { hash: "", files: [] };
    };
    const before = version();
    await using harness = await startHarness({
      size: 2,
      refreshModule: (name, path) => opened.catalogue.refresh(name, path),
    });
    const job = { workflowName: "slow", modulePath };
    const running = harness.run({ ...job, module: before, input: { ms: 600 } });
    await running.logged("up");
    opened.write("text.ts", 'export const text = "new helper";');
    opened.write("slow.ts", slow("new"));
    const swapped = harness.run({ ...job, module: before, input: { ms: 0 } });
    expect(await swapped.ended).toMatchObject({ kind: "completed", result: ["new helper", "new"] });
    expect(version().hash).not.toBe(before.hash);
    expect(await running.ended).toMatchObject({ kind: "completed", result: ["old helper", "old"] });
    opened.write("slow.ts", 'import { workflow } from "almanac"; throw new Error("broken now");');
    const broken = harness.run({ ...job, module: version(), input: { ms: 0 } });
    expect(await broken.ended).toMatchObject({ kind: "failed", error: { code: "WORKFLOW_LOAD_FAILED" } });
    expect(opened.catalogue.errors()).toMatchObject([{ message: expect.stringContaining("broken now") }]);
  });
});
