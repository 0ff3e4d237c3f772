/**
 * The runner: a process that executes one attempt of a run at a time, and inspects files of workflows. It ends when the
 * program that started it does, and takes whatever runs have started with it.
 */

import type { LogStream } from "../../../shared/domain/run.ts";
import { type KnownModule, placeText, type RunJob } from "../../../shared/domain/workflow.ts";
import { createLogPipe } from "../../runtime/local/output/logPipe.ts";
import { createOutputText } from "../../runtime/local/output/outputText.ts";
import { createRedactor } from "../../runtime/local/output/redactor.ts";
import { killTree, markVariable, signal, treeOf } from "../../runtime/local/tree/processTree.ts";
import { builtinWorkflows } from "../builtin/index.ts";
import { describeLoadError, inspectModule } from "../loading/inspection.ts";
import { createModuleLoader, ModuleChanged } from "../loading/moduleLoader.ts";
import type { WorkflowParts } from "../sdk/definitions.ts";
import { runStorage } from "../sdk/runScope.ts";
import { type Attempt, createAttempt } from "./attempt.ts";
import { watchChildPrograms } from "./childPrograms.ts";
import { describeThrown, RunFailure } from "./failures.ts";
import { connectParent } from "./parentChannel.ts";

// Told to host.ts, of which a user's file may have a copy of its own.
Object.assign(globalThis, { [Symbol.for("almanac.runner")]: true });
const parent = connectParent();
const mark = process.env[markVariable] ?? "";
const loader = createModuleLoader(async () => ({ almanac: await import("../sdk/sdk.ts"), zod: await import("zod") }));

interface Current {
  attempt: Attempt;
  write(stream: LogStream, chunk: string | Buffer): void;
  /** Sends what it has written until now. */
  passOn(): void;
  /** Sends all that it has written: nothing follows. */
  flush(): void;
  hasTree: boolean;
  /** Ends its programs by force when the grace it was given is over. */
  force: NodeJS.Timeout | null;
}
let current: Current | null = null;

const secretRequests = new Map<number, { give(value: string | null): void; refuse(error: Error): void }>();
let nextRequest = 1;
function requestSecret(name: string): Promise<string | null> {
  return new Promise((give, refuse) => {
    const id = nextRequest++;
    secretRequests.set(id, { give, refuse });
    parent.send({ type: "secret", id, name });
  });
}

async function run(job: RunJob): Promise<void> {
  const before = timers();
  const redactor = createRedactor();
  const pipe = createLogPipe({ send: (at, stream, text) => parent.sendSoon({ type: "log", at, stream, text }) });
  const texts = new Map<LogStream, ReturnType<typeof createOutputText>>();
  const textOf = (stream: LogStream): ReturnType<typeof createOutputText> => {
    const text = texts.get(stream) ?? createOutputText(redactor);
    texts.set(stream, text);
    return text;
  };
  const write = (stream: LogStream, chunk: string | Buffer): void => pipe.write(stream, textOf(stream).push(chunk));
  const flush = (): void => {
    for (const [stream, text] of texts) pipe.write(stream, text.end());
    pipe.end();
  };
  const attempt = createAttempt({
    job,
    redactor,
    reportStep: (step) => parent.send({ type: "step", step }),
    write,
    secret: requestSecret,
  });
  const mine: Current = { attempt, write, passOn: () => pipe.flush(), flush, hasTree: false, force: null };
  current = mine;

  let parts: WorkflowParts;
  try {
    parts = await findWorkflow(job);
  } catch (thrown) {
    if (thrown instanceof ModuleChanged) {
      current = null;
      parent.send({ type: "moduleChanged" });
      return;
    }
    parts = {
      name: job.workflowName,
      description: "",
      input: null,
      declaration: null,
      handler: () => Promise.reject(thrown),
    };
  }
  // Soon: with the end of a run that is over at once.
  parent.sendSoon({ type: "started", at: Date.now() });
  const restore = job.modulePath === null ? () => undefined : rememberSurroundings();
  const { outcome, clean } = await attempt.execute(parts);
  restore();
  if (mine.force !== null) clearTimeout(mine.force);
  const left = mine.hasTree ? killTree(process.pid, mark) : 0;
  if (left > 0)
    write("system", `[ended ${left} ${left === 1 ? "process" : "processes"} that the run had left behind]\n`);
  flush();
  current = null;
  // The run's own last turn of the event loop is not yet over.
  if (timers() > before) await new Promise((done) => setImmediate(() => setImmediate(done)));
  // What the run left ticking would tick into the next one.
  parent.send({ type: "ended", outcome, reusable: clean && timers() <= before });
}

/** Loads files before any run needs them; what cannot be loaded says so in the run that does. */
async function prepare(modules: readonly KnownModule[]): Promise<void> {
  await loader.prepare().catch(() => undefined);
  if (modules.length > 0) {
    const restore = rememberSurroundings();
    for (const { path, module } of modules) await loader.load(path, module).catch(() => undefined);
    restore();
  }
  parent.send({ type: "prepared" });
}

async function findWorkflow(job: RunJob): Promise<WorkflowParts> {
  if (job.modulePath === null) {
    const builtin = builtinWorkflows.get(job.workflowName);
    if (builtin === undefined) throw notFound(job.workflowName, "no built-in workflow has that name");
    return builtin;
  }
  let found: WorkflowParts | undefined;
  try {
    found = (await loader.load(job.modulePath, job.module)).workflows.get(job.workflowName);
  } catch (thrown) {
    if (thrown instanceof ModuleChanged) throw thrown;
    const error = describeLoadError(job.modulePath, thrown);
    const { path, line, column, message } = error;
    throw new RunFailure("WORKFLOW_LOAD_FAILED", `${placeText(error)}: ${message}`, {
      details: { path, line, column },
    });
  }
  if (found === undefined) throw notFound(job.workflowName, `${job.modulePath} no longer exports it`);
  return found;
}

function notFound(name: string, why: string): RunFailure {
  return new RunFailure("WORKFLOW_NOT_FOUND", `There is no workflow ${name}: ${why}`);
}

/** A workflow may change its folder and environment; the next one in this process must not meet that. */
function rememberSurroundings(): () => void {
  const folder = process.cwd();
  const before = { ...process.env };
  return () => {
    if (process.cwd() !== folder) process.chdir(folder);
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    for (const [name, value] of Object.entries(before)) if (process.env[name] !== value) process.env[name] = value;
  };
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "Timeout" || kind === "Immediate").length;
}

/** Asks the programs that hang on this process to end; those that do not are ended by force after `graceMs`. */
function endPrograms(graceMs: number): void {
  if (current?.hasTree !== true) return;
  for (const pid of treeOf(process.pid, mark)) signal(pid, "SIGTERM");
  if (current.force !== null) clearTimeout(current.force);
  current.force = setTimeout(() => killTree(process.pid, mark), graceMs);
  current.force.unref();
}

watchChildPrograms(mark, () => {
  if (current === null) return;
  // What was written before stands before what the program writes, and is seen while the program holds this process up.
  current.passOn();
  if (current.hasTree) return parent.flush();
  current.hasTree = true;
  // In one message: what stands before this has been printed before any program.
  parent.send({ type: "spawned" });
});

// One run at a time has the output; what an earlier one left behind is not heard in a later one's log.
for (const stream of ["stdout", "stderr"] as const) {
  process[stream].write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown) => {
    const scope = runStorage.getStore();
    const mine = current !== null && (scope === undefined || scope.context.runId === current.attempt.job.runId);
    if (mine) current?.write(stream, typeof chunk === "string" ? chunk : Buffer.from(chunk));
    const callback = typeof encoding === "function" ? encoding : done;
    if (typeof callback === "function") process.nextTick(callback as () => void);
    return true;
  }) as typeof process.stdout.write;
}

const uncaught = (thrown: unknown): void => {
  const scope = runStorage.getStore();
  const runId = current?.attempt.job.runId;
  if (runId !== undefined && (scope === undefined || scope.context.runId === runId)) {
    current?.attempt.crash(thrown);
    return;
  }
  // Left behind by an earlier run: with a run under way it is not that run's fault.
  if (current === null) process.exit(1);
};
process.on("uncaughtException", uncaught);
process.on("unhandledRejection", uncaught);
process.on("exit", (code) => {
  current?.flush();
  parent.send({ type: "exiting", code });
});
// Sent to the whole group when a run is stopped; the runner itself is told by message.
process.on("SIGTERM", () => undefined);
process.on("SIGINT", () => undefined);

parent.onMessage((message) => {
  switch (message.type) {
    case "run":
      void run(message.job);
      return;
    case "stop":
      if (current?.attempt.job.runId !== message.runId) return;
      current.attempt.stop(message.reason);
      // Ended by force a little before the program that asked loses patience with this process too.
      endPrograms(Math.max(0, message.graceMs - Math.min(500, message.graceMs / 4)));
      return;
    case "prepare":
      void prepare(message.modules);
      return;
    case "ping":
      parent.send({ type: "pong" });
      return;
    case "secret":
      if (message.problem === undefined) secretRequests.get(message.id)?.give(message.value);
      else secretRequests.get(message.id)?.refuse(new RunFailure("INVALID_INPUT", message.problem));
      secretRequests.delete(message.id);
      return;
    case "inspect":
      void inspectModule(loader, message.path).then(
        (inspection) => parent.send({ type: "inspected", inspection }),
        (error: unknown) => {
          const { message: text, stack = null } = describeThrown(error);
          const failed = { path: message.path, line: null, column: null, message: text, stack };
          parent.send({
            type: "inspected",
            inspection: { hash: "", files: [message.path], workflows: [], error: failed },
          });
        },
      );
      return;
  }
});

parent.onClosed(() => {
  if (current?.hasTree !== true) process.exit(0);
  current.attempt.stop("shutdown");
  endPrograms(1_000);
  setTimeout(() => {
    killTree(process.pid, mark);
    process.exit(0);
  }, 1_200);
});

parent.send({ type: "ready" });
