import { type RuntimeChoice, type RuntimeKind, runtimeKinds } from "../../shared/api/runtime.ts";
import type { RedisReport, WorkersView } from "../../shared/api/workers.ts";
import { AppError, invalidField } from "../../shared/domain/errors.ts";
import { parseRedisUrl, redactRedisUrl } from "../runtime/bullmq/address.ts";
import { checkRedis } from "../runtime/bullmq/gate.ts";
import type { BullmqRuntime } from "../runtime/bullmq/options.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { createSwitchingRuntime, type SwitchingRuntime } from "../runtime/switchingRuntime.ts";
import type { OwnSecrets } from "./secrets.ts";

/** Setting: which runtime executes runs. The address of Redis lies with the secrets. */
export const runtimeSetting = "runtime";
const noWorkers: WorkersView = { workers: [], queues: [], notes: [] };
const addressTaken = "an address such as redis://127.0.0.1:6379 is taken";

export interface RuntimesOptions {
  local(): Runtime;
  overRedis(redisUrl: string): BullmqRuntime;
  /** Asks Redis itself, in a process that has no runtime. */
  readWorkers(redisUrl: string): Promise<WorkersView>;
  /** Whether runs are with a runtime that keeps them. */
  hasSentRuns(): boolean;
  role: "engine" | "client";
  own: OwnSecrets;
  setting(): unknown;
  setSetting(kind: RuntimeKind): void;
  /** What this process was started with: it holds until it ends, whatever the settings say. */
  startedWith: { runtime: RuntimeKind; redis?: string } | null;
  logger: Pick<Console, "error">;
}

/** What executes the runs of one data folder: chosen in the settings, and changed while runs go on. */
export interface Runtimes {
  /** The engine's; null in a process that never fires. */
  readonly runtime: Runtime | null;
  choice(): RuntimeChoice;
  /** Looks at a Redis, the one that is kept where none is given. */
  test(redis?: string): Promise<RedisReport>;
  /** Keeps a choice; the process that fires follows. Throws INVALID_INPUT at `redis` for one that cannot be used, with the remedy. */
  choose(runtime: RuntimeKind, redis?: string): Promise<RuntimeChoice>;
  /** Takes up what the settings say now. */
  follow(): Promise<void>;
  /** Empty where runs execute here. */
  workers(): Promise<WorkersView>;
}

type Wanted = { kind: "local" } | { kind: "bullmq"; url: string } | { kind: "absent"; problem: string };

export function createRuntimes(options: RuntimesOptions): Runtimes {
  const { own, startedWith, logger } = options;
  /** The one that is kept, where none is given. */
  function redisOf(given: string | undefined): string {
    const url = given?.trim() || own.get("redis");
    if (url === null) throw invalidField("redis", undefined, addressTaken);
    parseRedisUrl(url);
    return url;
  }

  // Told by whoever starts this program, who is there to read what is wrong with it.
  if (startedWith?.runtime === "bullmq") redisOf(startedWith.redis);
  const chosen = (): RuntimeKind => runtimeKinds.find((kind) => kind === options.setting()) ?? "local";

  const wanted = (): Wanted => {
    const kind = startedWith?.runtime ?? chosen();
    if (kind === "local") return { kind };
    try {
      const url = startedWith?.redis ?? own.get("redis");
      if (url === null) throw new AppError("NOT_FOUND", "No address of a Redis is kept: give one in Settings");
      parseRedisUrl(url);
      return { kind, url };
    } catch (error) {
      return { kind: "absent", problem: error instanceof Error ? error.message : String(error) };
    }
  };
  const keyOf = (what: Wanted): string => JSON.stringify(what);

  let overRedis: BullmqRuntime | null = null;
  const made = new Map<string, Runtime>();
  /** The runtime for a choice: one that still has runs of before is taken up again. */
  const runtimeFor = (what: Wanted): Runtime => {
    const known = made.get(keyOf(what));
    if (known !== undefined && switching?.has(known) === true) return known;
    const fresh =
      what.kind === "bullmq"
        ? options.overRedis(what.url)
        : what.kind === "local"
          ? options.local()
          : createAbsentRuntime(what.problem);
    made.set(keyOf(what), fresh);
    return fresh;
  };

  /** Where runs were handed over before, although it is not what is chosen now: they end there. */
  const former = (): Wanted[] => {
    if (inUse.kind === "bullmq" || !options.hasSentRuns()) return [];
    try {
      const url = own.get("redis");
      if (url === null) return [];
      parseRedisUrl(url);
      return [{ kind: "bullmq", url }];
    } catch {
      return [];
    }
  };
  let inUse = wanted();
  let switching: SwitchingRuntime | null = null;
  if (options.role === "engine") switching = createSwitchingRuntime(runtimeFor(inUse), former().map(runtimeFor));
  const noteOverRedis = (): void => {
    const runtime = made.get(keyOf(inUse));
    overRedis = runtime !== undefined && "workers" in runtime ? (runtime as BullmqRuntime) : null;
  };
  noteOverRedis();

  /** Changes go one after the other. */
  let work: Promise<void> = Promise.resolve();
  const follow = (): Promise<void> => {
    work = work.then(async () => {
      const next = wanted();
      if (switching === null || keyOf(next) === keyOf(inUse)) return;
      try {
        await switching.switchTo(runtimeFor(next));
        inUse = next;
        noteOverRedis();
      } catch (error) {
        logger.error("the runtime could not be changed:", error);
      }
    });
    return work;
  };

  const redacted = (): string | null => {
    try {
      const url = startedWith?.redis ?? own.get("redis");
      return url === null ? null : redactRedisUrl(url);
    } catch {
      return null;
    }
  };

  const choice = (): RuntimeChoice => {
    const now = wanted();
    return {
      runtime: now.kind === "absent" ? "bullmq" : now.kind,
      redis: redacted(),
      startedWith: startedWith?.runtime ?? null,
      problem: now.kind === "absent" ? now.problem : null,
    };
  };

  return {
    runtime: switching,
    choice,
    follow,
    test: async (redis) => checkRedis(redisOf(redis)),
    async choose(runtime, redis) {
      if (runtime === "bullmq") {
        const url = redisOf(redis);
        const { problems, address } = await checkRedis(url);
        const refused = problems.find((problem) => problem.refused);
        if (refused !== undefined) throw invalidField("redis", address, `${refused.message}. ${refused.remedy}`);
        own.set("redis", url);
      }
      options.setSetting(runtime);
      await follow();
      return choice();
    },
    async workers() {
      if (overRedis !== null) return overRedis.workers();
      const now = wanted();
      return options.role === "client" && now.kind === "bullmq" ? options.readWorkers(now.url) : noWorkers;
    },
  };
}

/** Stands where the runtime that was chosen cannot be used: runs wait, and every place says for what. */
function createAbsentRuntime(problem: string): Runtime {
  return {
    kind: "bullmq",
    keepsRuns: false,
    start: async () => {},
    takes: () => ({ ok: false, waitingFor: "runtime", message: problem }),
    dispatch: () => {},
    cancel: () => {},
    state: () => ({ kind: "bullmq", state: "degraded", message: problem, workers: 0, busy: 0 }),
    stop: async () => {},
  };
}
