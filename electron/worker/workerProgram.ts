import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { AppError } from "../../shared/domain/errors.ts";
import type { WorkflowLoadError } from "../../shared/domain/workflow.ts";
import type { Timings } from "../runtime/bullmq/options.ts";
import { checkRedis } from "../runtime/bullmq/redis/gate.ts";
import { createLocalRuntime } from "../runtime/local/localRuntime.ts";
import { nodeRunners } from "../runtime/local/processes/nodeRunners.ts";
import { isRunning, processStart } from "../storage/tables/leaseHolder.ts";
import { createCatalogue } from "../workflows/loading/catalogue.ts";
import { createOwnWorkflows } from "../workflows/loading/ownWorkflows.ts";
import { openJournal } from "./journal.ts";
import { createWorkerHost, type WorkerHost, type WorkerMove } from "./workerHost.ts";

export interface WorkerProgramOptions {
  redisUrl: string;
  sharedKey: string | null;
  concurrency: number;
  queues: readonly string[];
  modulePaths: readonly string[];
  /** Where outcomes are kept until an engine has them. */
  folder: string;
  logger: Pick<Console, "info" | "warn" | "error">;
  onMove: (move: WorkerMove) => void;
  onLoadErrors: (errors: readonly WorkflowLoadError[]) => void;
  timings?: Partial<Timings>;
}

export interface WorkerProgram {
  readonly host: WorkerHost;
  /** Names of what it has. */
  readonly workflows: string[];
  close(): Promise<void>;
}

/**
 * A worker with all it needs: workflows, a pool like an engine's own, a journal. Throws INVALID_INPUT for an address that is
 * none, and RUNTIME_UNAVAILABLE with the remedy for a Redis that cannot be used so; one that is away is waited for.
 */
export async function startWorkerProgram(options: WorkerProgramOptions): Promise<WorkerProgram> {
  const { redisUrl, concurrency, queues, logger } = options;
  const { problems } = await checkRedis(redisUrl);
  for (const { code, refused, message, remedy } of problems) {
    if (refused && code !== "UNREACHABLE") throw new AppError("RUNTIME_UNAVAILABLE", `${message}. ${remedy}.`);
    logger.warn(`${message}. ${remedy}.`);
  }
  const spawnRunner = nodeRunners();
  const catalogue = createCatalogue({ paths: [], spawnRunner });
  await catalogue.setPaths(options.modulePaths);
  options.onLoadErrors(catalogue.errors());
  const own = createOwnWorkflows(() => catalogue.list());
  const journal = await openJournal(join(options.folder, "outcomes"), {
    own: `${process.pid}-${processStart(process.pid) ?? ""}`,
    isAlive(name) {
      const [pid = "", ...started] = name.split("-");
      return isRunning(Number(pid), started.join("-") || null);
    },
  });
  const host = createWorkerHost({
    redisUrl,
    sharedKey: options.sharedKey,
    concurrency,
    queues,
    version: packageJson.version,
    workflows: own.all,
    journal,
    logger,
    onMove: options.onMove,
    ...(options.timings === undefined ? {} : { timings: options.timings }),
    runtime: (secret) =>
      createLocalRuntime({
        spawnRunner,
        isBuiltin: (name) => catalogue.get(name)?.source.kind === "builtin",
        secret,
        modules: () => catalogue.modules(),
        refreshModule: (name, path) => catalogue.refresh(name, path),
      }),
  });
  await host.start();
  return {
    host,
    workflows: own.all().map(({ name }) => name),
    async close() {
      await catalogue.close();
    },
  };
}
