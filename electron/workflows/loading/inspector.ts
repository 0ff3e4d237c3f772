import type { WorkflowLoadError } from "../../../shared/domain/workflow.ts";
import { parseFromRunner } from "../../runtime/local/messages/fromRunner.ts";
import type { FromRunner, ModuleInspection } from "../../runtime/local/messages/protocol.ts";
import type { RunnerProcess, RunnerSpawner } from "../../runtime/local/processes/runnerProcess.ts";
import { createMark } from "../../runtime/local/tree/processTree.ts";
import { type Reaper, startReaper } from "../../runtime/local/tree/reaper.ts";

/** Looks into files of workflows, in a process of its own: what a file does while it loads harms nothing else. */
export interface Inspector {
  inspect(path: string): Promise<ModuleInspection>;
  /** Ends its process; the next inspection starts another. */
  rest(): void;
}

const heapLimitMb = 512;
const startTimeoutMs = 60_000;

/** @param loadTimeoutMs a file that has not loaded by then has an error instead */
export function createInspector(spawnRunner: RunnerSpawner, loadTimeoutMs: number): Inspector {
  /** Of each process its own: a reaper that is let go takes one more look, and must not find the next. */
  let mark = "";
  let process_: RunnerProcess<unknown> | null = null;
  /** A file that loops for ever does not notice that the program has gone. */
  let reaper: Reaper | null = null;
  let ready: Promise<void> = Promise.resolve();
  /** The file that is looked at. */
  let asked = "";
  let answer: ((inspection: ModuleInspection | string) => void) | null = null;

  const end = (): void => {
    process_?.kill();
    process_ = null;
    reaper?.close();
    reaper = null;
    answer?.("The program ended while the file was loading");
  };

  const begin = (): RunnerProcess<unknown> => {
    mark = `${createMark()}.inspector`;
    reaper = startReaper(mark);
    const started = spawnRunner({ program: "runner", heapLimitMb, mark });
    let isReady: () => void = () => undefined;
    ready = new Promise((resolve) => {
      isReady = resolve;
    });
    const breakOff = (problem: string): void => {
      answer?.(`The file's process sent ${problem}; a file of workflows only declares them`);
    };
    started.onMessage((value) => {
      let message: FromRunner;
      try {
        message = parseFromRunner(value);
      } catch (error) {
        breakOff(error instanceof Error ? error.message : String(error));
        return;
      }
      if (message.type === "ready") isReady();
      if (message.type === "inspected") {
        // Of another file: what an earlier one had left behind.
        if (message.inspection.files.includes(asked)) answer?.(message.inspection);
        else breakOff("what was not asked for");
      }
      if (message.type === "secret") started.send({ type: "secret", id: message.id, value: null });
    }, breakOff);
    started.onExit(({ code, signal, error }) => {
      isReady();
      if (process_ !== started) return;
      process_ = null;
      const how = error?.message ?? (signal === null ? `exit code ${code}` : `signal ${signal}`);
      answer?.(`The file ended the process that loaded it (${how}); a file of workflows only declares them`);
    });
    // Nobody reads what a file prints while it is looked at.
    started.onOutput((_name, source) => source.resume());
    return started;
  };

  return {
    async inspect(path) {
      asked = path;
      process_ ??= begin();
      const used = process_;
      const found = await new Promise<ModuleInspection | string>((resolve) => {
        const mine = (inspection: ModuleInspection | string): void => {
          clearTimeout(giveUp);
          answer = null;
          resolve(inspection);
        };
        answer = mine;
        // Also what keeps the program until then: it is not kept by its runners.
        let giveUp = setTimeout(() => mine("The process that loads files did not start"), startTimeoutMs);
        void ready.then(() => {
          // The process ended first.
          if (answer !== mine) return;
          clearTimeout(giveUp);
          // Counted from here: what its process took to start is not the file's doing.
          giveUp = setTimeout(() => mine(`The file had not loaded after ${loadTimeoutMs / 1000} s`), loadTimeoutMs);
          used.send({ type: "inspect", path });
        });
      });
      // What a file that failed has left half done does not reach the next.
      if (typeof found === "string" || found.error !== null) end();
      return typeof found === "string"
        ? { hash: "", files: [path], workflows: [], error: loadError(path, found) }
        : found;
    },
    rest: end,
  };
}

export function loadError(path: string, message: string): WorkflowLoadError {
  return { path, line: null, column: null, message, stack: null };
}
