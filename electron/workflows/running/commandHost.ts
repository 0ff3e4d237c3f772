/**
 * The command host: a process that executes built-in workflows, any number of runs at a time. They are our own code, and
 * wait for programs and answers most of the time. Each run has its own output, limits and end; what it has started is
 * ended with it. The host ends when the program that started it does, and takes its runs' programs with it.
 */

import type { MemoryLimitBy, RunJob } from "../../../shared/domain/workflow.ts";
import type { FromHost, HostedMessage, ToHost } from "../../runtime/local/messages/hostProtocol.ts";
import type { StopReason } from "../../runtime/local/messages/protocol.ts";
import { outOfMemory } from "../../runtime/local/pool/runErrors.ts";
import { createHostedTrees, type RunTree } from "../../runtime/local/tree/hostedTrees.ts";
import { exceedsMemory } from "../../runtime/local/tree/memory.ts";
import { leftVariable, markVariable } from "../../runtime/local/tree/processTree.ts";
import { becomeSubreaper } from "../../runtime/local/tree/subreaper.ts";
import { builtinWorkflows } from "../builtin/index.ts";
import type { WorkflowParts } from "../sdk/definitions.ts";
import { type ProgramExit, type ProgramStart, runStorage } from "../sdk/runScope.ts";
import { type Attempt, createAttempt, Stopped } from "./attempt.ts";
import { watchChildPrograms } from "./childPrograms.ts";
import { takeCompileCache } from "./compileCache.ts";
import { RunFailure } from "./failures.ts";
import { connectParent } from "./parentChannel.ts";
import { createProgramStarter } from "./programStarter.ts";
import { createRunOutput } from "./runOutput.ts";
import { createSecretRequests } from "./secretRequests.ts";

interface Hosted {
  attempt: Attempt;
  tree: RunTree;
  memoryLimitMb: number | null;
  memoryLimitBy: MemoryLimitBy;
  stopped: boolean;
  /** Ends its programs by force when the grace it was given is over. */
  force: NodeJS.Timeout | null;
}

/** How often runs with a limit of memory are looked at. */
const watchMs = 1_000;
/** A program that cannot be ended (it waits for a disk) is not waited for. */
const unendableMs = 500;

const parent = connectParent<FromHost, ToHost>();
// Before a command is passed the environment; another host that follows this one starts sooner.
takeCompileCache().keep();
const mark = process.env[markVariable] ?? "";
const runs = new Map<string, Hosted>();
const secrets = createSecretRequests();
let count = 0;
let watch: NodeJS.Timeout | null = null;

process.title = "almanac-commands";
const trees = createHostedTrees(await becomeSubreaper());
const starter = await createProgramStarter();

function say(runId: string, message: HostedMessage): void {
  parent.sendSoon({ type: "run", runId, message }, message.type === "log" ? message.text.length : 0);
}

async function run(job: RunJob): Promise<void> {
  const { runId } = job;
  const output = createRunOutput((at, stream, text) => say(runId, { type: "log", at, stream, text }));
  const tree = trees.open(`${mark}.${count++}`, leavesRunning(job));
  const attempt = createAttempt({
    job,
    redactor: output.redactor,
    reportStep: (step) => say(runId, { type: "step", step }),
    write: output.write,
    secret: (name) => secrets.request((id) => parent.send({ type: "secret", id, runId, name })),
    startProgram: (program) => startProgram(program, tree),
  });
  const { memoryLimitMb, memoryLimitBy } = job;
  const mine: Hosted = { attempt, tree, memoryLimitMb, memoryLimitBy, stopped: false, force: null };
  runs.set(runId, mine);
  if (mine.memoryLimitMb !== null) watch ??= setInterval(lookAtMemory, watchMs).unref();
  say(runId, { type: "started", at: Date.now() });
  const { outcome } = await attempt.execute(builtinWorkflows.get(job.workflowName) ?? unknown(job.workflowName));
  if (mine.force !== null) clearTimeout(mine.force);
  const left = await tree.end(mine.stopped);
  if (left > 0)
    output.write("system", `[ended ${left} ${left === 1 ? "process" : "processes"} that the run had left behind]\n`);
  output.end();
  runs.delete(runId);
  say(runId, { type: "ended", outcome, reusable: true });
}

/** Null where it is left to Node. */
function startProgram(program: ProgramStart, tree: RunTree): Promise<ProgramExit> | null {
  if (starter === null) return null;
  const { [markVariable]: _, [leftVariable]: __, ...env } = program.env;
  let done: (exit: ProgramExit) => void = () => undefined;
  const pid = starter.start({ ...program, env: { ...env, ...tree.environment } }, (exit) => {
    tree.exited(Number(pid));
    done(exit);
  });
  if (pid === null) return null;
  tree.started(pid);
  return new Promise((resolve) => {
    done = resolve;
  });
}

function leavesRunning({ input }: RunJob): boolean {
  return typeof input === "object" && input !== null && "leaveRunning" in input && input.leaveRunning === true;
}

function unknown(name: string): WorkflowParts {
  const failure = new RunFailure(
    "WORKFLOW_NOT_FOUND",
    `There is no workflow ${name}: no built-in workflow has that name`,
  );
  return {
    name,
    description: "",
    input: null,
    memoryLimit: null,
    declaration: null,
    queue: null,
    handler: () => Promise.reject(failure),
  };
}

function stop(mine: Hosted, reason: StopReason, graceMs: number): void {
  mine.stopped = true;
  mine.attempt.stop(reason);
  if (mine.force !== null) clearTimeout(mine.force);
  if (graceMs <= 0) {
    force(mine, new Stopped(reason));
    return;
  }
  mine.tree.signal("SIGTERM");
  mine.force = setTimeout(() => force(mine, new Stopped(reason)), graceMs);
}

/** Ends its programs, and with them the run. */
function force(mine: Hosted, why: Error): void {
  mine.stopped = true;
  void mine.tree.end(true);
  mine.force = setTimeout(() => mine.attempt.crash(why), unendableMs);
}

function lookAtMemory(): void {
  let isNeeded = false;
  for (const mine of runs.values()) {
    if (mine.memoryLimitMb === null) continue;
    isNeeded = true;
    if (mine.stopped || !exceedsMemory(mine.tree.pids(), mine.memoryLimitMb)) continue;
    const { code, message, details = {} } = outOfMemory(mine.memoryLimitMb, mine.memoryLimitBy);
    mine.attempt.crash(new RunFailure(code, message, { details, retryable: true }));
  }
  if (isNeeded || watch === null) return;
  clearInterval(watch);
  watch = null;
}

watchChildPrograms({
  starting: () => ownerOfCall()?.tree.environment ?? {},
  started(child) {
    const { pid } = child;
    if (pid !== undefined) starter?.foreign(child);
    const tree = ownerOfCall()?.tree;
    if (pid === undefined || tree === undefined) return;
    tree.started(pid);
    child.once("exit", () => tree.exited(pid));
  },
});

function ownerOfCall(): Hosted | undefined {
  const runId = runStorage.getStore()?.context.runId;
  return runId === undefined ? undefined : runs.get(runId);
}

const uncaught = (thrown: unknown): void => {
  const mine = ownerOfCall();
  if (mine !== undefined) mine.attempt.crash(thrown);
  else if (runStorage.getStore() === undefined) {
    console.error(thrown);
    process.exit(1);
  }
};
process.on("uncaughtException", uncaught);
process.on("unhandledRejection", uncaught);
// A terminal's are for the program, which then ends its runs in order.
for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, () => undefined);

parent.onMessage((message) => {
  switch (message.type) {
    case "run":
      void run(message.job);
      return;
    case "stop": {
      const mine = runs.get(message.runId);
      if (mine !== undefined) stop(mine, message.reason, message.graceMs);
      return;
    }
    case "ping":
      parent.send({ type: "pong" });
      return;
    case "secret":
      secrets.answer(message);
      return;
  }
});

parent.onClosed(() => {
  if (runs.size === 0) process.exit(0);
  for (const mine of runs.values()) stop(mine, "shutdown", 1_000);
  setTimeout(() => process.exit(0), 1_200);
});

parent.send({ type: "ready" });
