import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Timings } from "../../runtime/bullmq/options.ts";
import { type ContractWorld, fast } from "../../runtime/testing/contractWorld.ts";
import type { WorkerProgramOptions } from "../workerProgram.ts";

const program = fileURLToPath(new URL("program.ts", import.meta.url));

/** Workers in processes of their own, to be killed and frozen; all end with this. */
export interface WorkerProcesses extends AsyncDisposable {
  start(
    world: Pick<ContractWorld, "folder">,
    options: {
      redisUrl: string;
      sharedKey: string | null;
      concurrency?: number;
      timings?: Partial<Timings>;
      /** Where its journal is: another worker's that has died, or one of its own. */
      journal?: string;
      /** It kills itself when a run has ended there, before anything is written of that. */
      diesOfEnd?: boolean;
    },
  ): Promise<ChildProcess>;
  /** By force. */
  end(child: ChildProcess): Promise<void>;
  endAll(): Promise<void>;
}

export function createWorkerProcesses(): WorkerProcesses {
  const children: ChildProcess[] = [];
  let made = 0;
  const end = async (child: ChildProcess): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const over = new Promise((done) => child.on("exit", done));
    child.kill("SIGKILL");
    await over;
  };
  const endAll = async (): Promise<void> => void (await Promise.all(children.splice(0).map(end)));
  return {
    async start({ folder }, { redisUrl, sharedKey, concurrency = 4, timings = fast, journal, diesOfEnd = false }) {
      const options: Partial<WorkerProgramOptions> & { diesOfEnd: boolean } = {
        redisUrl,
        sharedKey,
        concurrency,
        queues: ["default"],
        modulePaths: [join(folder, "workflows.mjs")],
        folder: journal ?? join(folder, `worker-process-${made++}`),
        timings,
        diesOfEnd,
      };
      const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ["ignore", "pipe", "pipe"] });
      children.push(child);
      let said = "";
      child.stderr.on("data", (chunk) => (said += String(chunk)));
      await new Promise<void>((done, failed) => {
        child.stdout.on("data", (chunk) => String(chunk).includes("ready") && done());
        child.on("exit", (code) => failed(new Error(`the worker ended with ${code}: ${said}`)));
      });
      return child;
    },
    end,
    endAll,
    [Symbol.asyncDispose]: endAll,
  };
}
