/**
 * The runner: a process that executes one attempt of a run at a time, and inspects files of workflows. It ends when the
 * program that started it does, and takes whatever runs have started with it.
 */

import { type KnownModule, placeText, type RunJob } from "../../../shared/domain/workflow.ts";
import type { FromRunner, ToRunner } from "../../runtime/local/messages/protocol.ts";
import { childrenOf, descendantsOf, endDescendants } from "../../runtime/local/tree/children.ts";
import { isRunning, killTree, markVariable, signal, treeOf } from "../../runtime/local/tree/processTree.ts";
import { becomeSubreaper } from "../../runtime/local/tree/subreaper.ts";
import { describeLoadError, inspectModule } from "../loading/inspection.ts";
import { createModuleLoader, ModuleChanged } from "../loading/moduleLoader.ts";
import type { WorkflowParts } from "../sdk/definitions.ts";
import { runStorage } from "../sdk/runScope.ts";
import { type Attempt, createAttempt } from "./attempt.ts";
import { watchChildPrograms } from "./childPrograms.ts";
import { takeCompileCache } from "./compileCache.ts";
import { describeThrown, RunFailure } from "./failures.ts";
import { connectParent } from "./parentChannel.ts";
import { createPrimordials } from "./primordials.ts";
import { createRunOutput, type RunOutput } from "./runOutput.ts";
import { createSecretRequests } from "./secretRequests.ts";
import { createSurroundings } from "./surroundings.ts";

// Told to host.ts, of which a user's file may have a copy of its own.
Object.assign(globalThis, { [Symbol.for("almanac.runner")]: true });
const parent = connectParent<FromRunner, ToRunner>();
// Before anything looks at the environment.
const compileCache = takeCompileCache();
const mark = process.env[markVariable] ?? "";
const loader = createModuleLoader(async () => ({ almanac: await import("../sdk/sdk.ts"), zod: await import("zod") }), {
  compiledFolder: compileCache.textsFolder,
});
/** The next run in this process must not meet what one has changed. */
const surroundings = createSurroundings();
const primordials = createPrimordials();
/** Before any code of a workflow: what that leaves behind then falls to this process. */
const subreaper = await becomeSubreaper();

interface Current {
  attempt: Attempt;
  output: RunOutput;
  hasTree: boolean;
  /** Ends its programs by force when the grace it was given is over. */
  force: NodeJS.Timeout | null;
}
let current: Current | null = null;
/** False: whatever it is given is given back already. */
let isFit = true;
const secrets = createSecretRequests();

async function run(job: RunJob): Promise<void> {
  const before = pending();
  const output = createRunOutput((at, stream, text) => parent.sendSoon({ type: "log", at, stream, text }, text.length));
  const attempt = createAttempt({
    job,
    redactor: output.redactor,
    reportStep: (step) => parent.send({ type: "step", step }),
    write: output.write,
    secret: (name) => secrets.request((id) => parent.send({ type: "secret", id, name })),
  });
  const mine: Current = { attempt, output, hasTree: false, force: null };
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
      memoryLimit: null,
      declaration: null,
      queue: null,
      handler: () => Promise.reject(thrown),
    };
  }
  // Soon: with the end of a run that is over at once.
  parent.sendSoon({ type: "started", at: Date.now() });
  const { outcome, clean } = await attempt.execute(parts);
  if (mine.force !== null) clearTimeout(mine.force);
  const left = mine.hasTree ? endPrograms() : 0;
  if (left > 0)
    output.write("system", `[ended ${left} ${left === 1 ? "process" : "processes"} that the run had left behind]\n`);
  // The run's own last turn of the event loop is not yet over.
  if (beyond(before).length > 0) await new Promise((done) => setImmediate(() => setImmediate(done)));
  const ticking = beyond(before);
  if (ticking.length > 0) {
    output.write(
      "system",
      `[the workflow has left ${ticking.join(" and ")} running: await what it starts, or end it]\n`,
    );
  }
  output.end();
  current = null;
  // What the run left ticking would tick into the next one.
  const reusable = clean && ticking.length === 0;
  parent.send({ type: "ended", outcome, reusable });
  // What it changed would be changed for the next one: looked at while the program takes in the end.
  if (reusable && !isAsBefore()) giveBack();
}

function giveBack(): void {
  isFit = false;
  parent.send({ type: "unfit" });
}

/** Of many runs within this time only the last is followed by a look at everything, which takes longer than a short run does. */
const wholeLookMs = 100;
let lookedAt = performance.now();
let wholeLook: NodeJS.Timeout | null = null;

function lookLater(): void {
  // After a run: what this process has loaded before its first one is remembered with that.
  wholeLook ??= setTimeout(() => {
    // After one that goes on now everything is looked at, since this was not.
    if (!isFit || current !== null) return;
    lookedAt = performance.now();
    if (!primordials.areUnchanged()) giveBack();
  }, wholeLookMs).unref();
  wholeLook.refresh();
}

/** Whether the process is as its next run is to find it; what can be put right is. */
function isAsBefore(): boolean {
  try {
    surroundings.restore();
  } catch {
    // Its folder is gone.
    return false;
  }
  if (performance.now() - lookedAt < wholeLookMs) {
    lookLater();
    return primordials.seemUnchanged();
  }
  lookedAt = performance.now();
  return primordials.areUnchanged();
}

/** Loads files before any run needs them; what cannot be loaded says so in the run that does. */
async function prepare(modules: readonly KnownModule[]): Promise<void> {
  await loader.prepare().catch(() => undefined);
  if (modules.length > 0) {
    for (const { path, module } of modules) await loader.load(path, module).catch(() => undefined);
    surroundings.restore();
    primordials.remember();
  }
  compileCache.keep();
  parent.send({ type: "prepared" });
}

/** The version of the file for which what it changes while it loads has been remembered. */
let loadedFor: string | null | undefined;

async function findWorkflow(job: RunJob): Promise<WorkflowParts> {
  if (job.modulePath === null) throw notFound(job.workflowName, "built-in ones are run by the command host");
  let found: WorkflowParts | undefined;
  try {
    const { workflows } = await loader.load(job.modulePath, job.module);
    found = workflows.get(job.workflowName);
    const version = job.module?.hash ?? null;
    if (loadedFor !== version) {
      primordials.remember();
      surroundings.remember();
    }
    loadedFor = version;
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

interface Pending {
  timers: number;
  requests: number;
}

/** What goes on in this process now; a connection that is kept for the next request is nothing that goes on. */
function pending(): Pending {
  const kinds = process.getActiveResourcesInfo();
  return {
    timers: kinds.filter((kind) => kind === "Timeout" || kind === "Immediate").length - parent.ownTurns(),
    requests: kinds.filter((kind) => /Req(?:Wrap|Promise|Callback)?$|ConnectWrap$/.test(kind)).length,
  };
}

/** What goes on beyond what did, in words. */
function beyond(before: Pending): string[] {
  const now = pending();
  const words = (count: number, what: string): string[] =>
    count <= 0 ? [] : [`${count} ${what}${count === 1 ? "" : "s"}`];
  return [...words(now.timers - before.timers, "timer"), ...words(now.requests - before.requests, "request")];
}

/** Everything that hangs on this process. */
function programs(): number[] {
  return subreaper === null ? treeOf(process.pid, mark) : descendantsOf([process.pid]).filter(isRunning);
}

/** Ends by force everything that hangs on this process; how many that were. */
function endPrograms(): number {
  if (subreaper === null) return killTree(process.pid, mark);
  const ended = endDescendants();
  // Node hears of the ends of its own children alone.
  for (const pid of childrenOf(process.pid) ?? []) if (!ownChildren.has(pid)) subreaper.reap(pid);
  return ended;
}

/** Asks the programs of the run to end; those that do not are ended by force after `graceMs`. */
function stopPrograms(graceMs: number): void {
  if (current?.hasTree !== true) return;
  for (const pid of programs()) signal(pid, "SIGTERM");
  if (current.force !== null) clearTimeout(current.force);
  current.force = setTimeout(endPrograms, graceMs);
  current.force.unref();
}

const ownChildren = new Set<number>();
const variables = { [markVariable]: mark };
watchChildPrograms({
  starting() {
    if (current === null) return variables;
    // What was written before stands before what the program writes, and is seen while the program holds this process up.
    current.output.passOn();
    if (current.hasTree) parent.flush();
    else {
      current.hasTree = true;
      // In one message: what stands before this has been printed before any program.
      parent.send({ type: "spawned" });
    }
    return variables;
  },
  started(child) {
    const { pid } = child;
    if (pid === undefined) return;
    ownChildren.add(pid);
    child.once("exit", () => ownChildren.delete(pid));
  },
});

// One run at a time has the output; what an earlier one left behind is not heard in a later one's log.
for (const stream of ["stdout", "stderr"] as const) {
  process[stream].write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown) => {
    const scope = runStorage.getStore();
    const mine = current !== null && (scope === undefined || scope.context.runId === current.attempt.job.runId);
    if (mine) current?.output.write(stream, typeof chunk === "string" ? chunk : Buffer.from(chunk));
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
  current?.output.end();
  parent.send({ type: "exiting", code });
});
// Sent to the whole group when a run is stopped; the runner itself is told by message.
process.on("SIGTERM", () => undefined);
process.on("SIGINT", () => undefined);

parent.onMessage((message) => {
  switch (message.type) {
    case "run":
      if (isFit) void run(message.job);
      return;
    case "stop":
      if (current?.attempt.job.runId !== message.runId) return;
      current.attempt.stop(message.reason);
      // Ended by force a little before the program that asked loses patience with this process too.
      stopPrograms(Math.max(0, message.graceMs - Math.min(500, message.graceMs / 4)));
      return;
    case "prepare":
      void prepare(message.modules);
      return;
    case "ping":
      parent.send({ type: "pong" });
      return;
    case "secret":
      secrets.answer(message);
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
  stopPrograms(1_000);
  setTimeout(() => {
    endPrograms();
    process.exit(0);
  }, 1_200);
});

parent.send({ type: "ready" });
