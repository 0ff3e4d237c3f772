import { z } from "zod";
import { type RuntimeChoice, type RuntimeKind, runtimeKinds } from "../../shared/api/runtime.ts";
import type { RedisReport, WorkersView } from "../../shared/api/workers.ts";
import { AppError, invalidField } from "../../shared/domain/errors.ts";
import { readSentTo } from "../../shared/domain/queue.ts";
import type { BullmqRuntime } from "../runtime/bullmq/options.ts";
import { redactRedisUrl, redisName, usableRedisUrl } from "../runtime/bullmq/redis/address.ts";
import type { QueuePlace } from "../runtime/bullmq/resumeQueues.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { createSwitchingRuntime, type SwitchingRuntime } from "../runtime/switchingRuntime.ts";
import { createAbsentRuntime } from "./absentRuntime.ts";
import { createRedisAddresses } from "./redisAddresses.ts";
import type { OwnSecrets } from "./secrets.ts";

/** Setting: which runtime executes runs. The address of Redis lies with the secrets. */
export const runtimeSetting = "runtime";
const addressTaken = "an address such as redis://127.0.0.1:6379 is expected";
const keyTaken = "a key of 16 to 4,096 characters on one line is expected, such as openssl rand -base64 32 prints";

/** How a Redis is used. */
interface RedisUse {
  redisUrl: string;
  keptAt: string;
  sharedKey: string | null;
}

export interface RuntimesOptions {
  local(): Runtime;
  overRedis(use: RedisUse): BullmqRuntime;
  /** Loads what `overRedis` needs; it is called before that one is. */
  loadOverRedis(): Promise<void>;
  /** Asks Redis itself, in a process that has no runtime. */
  readWorkers(use: RedisUse): Promise<WorkersView>;
  /** Resumes queues that are paused there, all or those that are meant. */
  resumeQueues(use: RedisUse, wanted: Partial<QueuePlace>): Promise<QueuePlace[]>;
  /** Runs that are with a runtime that keeps them, by where they were sent. */
  sentRuns(): { sentTo: string; count: number }[];
  /** The shared key that this program was given; it comes before one that is kept. */
  givenKey: string | null;
  role: "engine" | "client";
  own: OwnSecrets;
  setting(): unknown;
  setSetting(kind: RuntimeKind): void;
  /** What this process was started with: it holds until it ends, whatever the settings say. */
  startedWith: { runtime: RuntimeKind; redis?: string } | null;
  /** What the process that fires was started with, where it is another one and was started with something. */
  ownersStart(): OwnersStart | null;
  logger: Pick<Console, "error">;
}

/** What a process that fires was started with, as it says to others; `at` names one of the addresses that are kept. */
export const ownersStartSchema = z.object({ runtime: z.enum(runtimeKinds), at: z.string().nullable() });
export type OwnersStart = z.infer<typeof ownersStartSchema>;

/** What executes the runs of one data folder: chosen in the settings, and changed while runs go on. */
export interface Runtimes {
  /** The engine's; null in a process that never fires. */
  readonly runtime: Runtime | null;
  /** What others are told while this process fires; null where the settings hold. */
  readonly started: OwnersStart | null;
  choice(): RuntimeChoice;
  /** Looks at a Redis, the one that is kept where none is given. */
  test(redis?: string): Promise<RedisReport>;
  /** Keeps a choice; the process that fires follows. Throws INVALID_INPUT at `redis` for one that cannot be used, with the remedy. */
  choose(runtime: RuntimeKind, redis?: string): Promise<RuntimeChoice>;
  /** Keeps a shared key, or takes it away. Throws INVALID_INPUT at `key` while runs are sealed with the one there is. */
  setSharedKey(key: string | null): Promise<RuntimeChoice>;
  /** Takes up what the settings say now. */
  follow(): Promise<void>;
  /** No workers where runs execute here; notes also of runs that are with a Redis of before. */
  workers(): Promise<WorkersView>;
  /** Lets queues go on that somebody has paused in Redis; answers which were. Throws RUNTIME_UNAVAILABLE, NOT_FOUND. */
  resume(wanted: Partial<QueuePlace>): Promise<QueuePlace[]>;
}

type Wanted =
  | { kind: "local" }
  | { kind: "bullmq"; url: string; sharedKey: string | null }
  | { kind: "absent"; problem: string };

const ofRedis = ({ url, sharedKey }: Extract<Wanted, { kind: "bullmq" }>): RedisUse => ({
  redisUrl: url,
  keptAt: redisName(url),
  sharedKey,
});
/** Loads the client only where a Redis is looked at. */
const checkRedis = async (url: string): Promise<RedisReport> =>
  (await import("../runtime/bullmq/redis/gate.ts")).checkRedis(url);
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export async function createRuntimes(options: RuntimesOptions): Promise<Runtimes> {
  const { own, startedWith, logger } = options;
  const addresses = createRedisAddresses(own);
  /** The one that is kept, where none is given. */
  function redisOf(given: string | undefined): string {
    const url = given?.trim() || own.get("redis");
    if (url === null) throw invalidField("redis", undefined, addressTaken);
    usableRedisUrl(url);
    return url;
  }

  // Told by whoever starts this program, who is there to read what is wrong with it.
  if (startedWith?.runtime === "bullmq") redisOf(startedWith.redis);
  const chosen = (): RuntimeKind => runtimeKinds.find((kind) => kind === options.setting()) ?? "local";
  const sharedKey = (): string | null => options.givenKey ?? own.get("shared key");

  const wanted = (): Wanted => {
    const kind = startedWith?.runtime ?? chosen();
    if (kind === "local") return { kind };
    try {
      const url = startedWith?.redis ?? own.get("redis");
      if (url === null) throw new AppError("NOT_FOUND", "No address of a Redis is kept: give one in Settings");
      usableRedisUrl(url);
      return { kind, url, sharedKey: sharedKey() };
    } catch (error) {
      return { kind: "absent", problem: messageOf(error) };
    }
  };
  const keyOf = (what: Wanted): string => JSON.stringify(what);

  /** What the process that fires uses, where that is another one and does not go by the settings. */
  const ofOwner = (): Wanted | null => {
    const theirs = startedWith === null ? options.ownersStart() : null;
    if (theirs === null) return null;
    if (theirs.runtime === "local") return { kind: "local" };
    const url = theirs.at === null ? null : addresses.of(theirs.at);
    if (url !== null) return { kind: "bullmq", url, sharedKey: sharedKey() };
    return { kind: "absent", problem: "The address of the Redis that the process which fires was given is not kept" };
  };
  /** Where runs go now, whoever sends them there. */
  const goesTo = (): Wanted => ofOwner() ?? (options.role === "engine" ? inUse : wanted());

  /** Runs with each Redis, by its short name; null: with one that was not noted. */
  const runsAt = (): Map<string | null, number> => {
    const counts = new Map<string | null, number>();
    for (const { sentTo, count } of options.sentRuns()) {
      const { at } = readSentTo(sentTo);
      counts.set(at, (counts.get(at) ?? 0) + count);
    }
    return counts;
  };

  let overRedis: BullmqRuntime | null = null;
  const made = new Map<string, Runtime>();
  /** The runtime for a choice: one that still has runs of before is taken up again. */
  const runtimeFor = (what: Wanted): Runtime => {
    const known = made.get(keyOf(what));
    if (known !== undefined && switching?.has(known) === true) return known;
    const fresh =
      what.kind === "bullmq"
        ? options.overRedis(ofRedis(what))
        : what.kind === "local"
          ? options.local()
          : createAbsentRuntime(what.problem);
    made.set(keyOf(what), fresh);
    return fresh;
  };

  /** Where runs were handed over before, although it is not what is chosen now: they end there. */
  const formerOf = (at: string | null): Extract<Wanted, { kind: "bullmq" }> | null => {
    try {
      const url = at === null ? own.get("redis") : addresses.of(at);
      if (url === null) return null;
      usableRedisUrl(url);
      return { kind: "bullmq", url, sharedKey: sharedKey() };
    } catch {
      return null;
    }
  };
  const nameOf = (what: Wanted): string | null => (what.kind === "bullmq" ? redisName(what.url) : null);
  const former = (): Wanted[] =>
    [...runsAt().keys()]
      .filter((at) => at !== nameOf(inUse) && !(at === null && inUse.kind === "bullmq"))
      .flatMap((at) => formerOf(at) ?? []);

  /** Before anything is sent there its address is kept: a run that is there is found again. */
  const noteInUse = (): void => {
    const runtime = made.get(keyOf(inUse));
    overRedis = runtime !== undefined && "workers" in runtime ? (runtime as BullmqRuntime) : null;
    if (inUse.kind !== "bullmq" || options.role !== "engine") return;
    const counts = runsAt();
    try {
      addresses.keep(inUse.url, (name) => counts.has(name));
    } catch (error) {
      logger.error("the address of Redis could not be kept:", error);
    }
  };
  let inUse = wanted();
  let switching: SwitchingRuntime | null = null;
  if (options.role === "engine") {
    const before = former();
    if ([inUse, ...before].some(({ kind }) => kind === "bullmq")) await options.loadOverRedis();
    switching = createSwitchingRuntime(runtimeFor(inUse), before.map(runtimeFor));
  }
  noteInUse();

  /** Changes go one after the other. */
  let work: Promise<void> = Promise.resolve();
  const follow = (): Promise<void> => {
    work = work.then(async () => {
      const next = wanted();
      if (switching === null || keyOf(next) === keyOf(inUse)) return;
      const before = inUse;
      try {
        if (next.kind === "bullmq") await options.loadOverRedis();
        inUse = next;
        const runtime = runtimeFor(next);
        noteInUse();
        await switching.switchTo(runtime);
      } catch (error) {
        inUse = before;
        noteInUse();
        logger.error("the runtime could not be changed:", error);
      }
    });
    return work;
  };

  const redacted = (now: Wanted): string | null => {
    try {
      const url = now.kind === "bullmq" ? now.url : (startedWith?.redis ?? own.get("redis"));
      return url === null ? null : redactRedisUrl(url);
    } catch {
      return null;
    }
  };
  const whoseKey = (): RuntimeChoice["sharedKey"] => {
    if (options.givenKey !== null) return "given";
    try {
      return own.get("shared key") === null ? null : "kept";
    } catch {
      return "kept";
    }
  };

  const choice = (): RuntimeChoice => {
    const theirs = ofOwner();
    const now = theirs ?? wanted();
    const runtime = now.kind === "absent" ? "bullmq" : now.kind;
    return {
      runtime,
      redis: redacted(now),
      startedWith: theirs === null ? (startedWith?.runtime ?? null) : runtime,
      problem: now.kind === "absent" ? now.problem : null,
      sharedKey: whoseKey(),
    };
  };

  /** What is still with a Redis of before, for people. */
  const elsewhere = (now: Wanted): string[] =>
    [...runsAt()].flatMap(([at, count]) => {
      if (at === nameOf(now) || (at === null && now.kind === "bullmq")) return [];
      const place = formerOf(at);
      const many = count === 1 ? "1 run is" : `${count} runs are`;
      if (place === null) return [`${many} with a Redis whose address is not kept any more, or cannot be used`];
      const state = made.get(keyOf(place))?.state().message ?? null;
      const words = `${many} still with ${redactRedisUrl(place.url)}, where runs went before: it is watched until they have ended`;
      return [state === null ? words : `${words}. ${state}`];
    });

  const started: OwnersStart | null =
    startedWith === null
      ? null
      : { runtime: startedWith.runtime, at: inUse.kind === "bullmq" ? redisName(inUse.url) : null };

  return {
    runtime: switching,
    started,
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
    async setSharedKey(key) {
      const refused = (why: string): AppError => invalidField("key", undefined, why);
      if (options.givenKey !== null)
        throw refused("this program was given one by ALMANAC_SHARED_KEY or ALMANAC_SHARED_KEY_FILE, which holds");
      if (key !== null && (key.trim().length < 16 || key.length > 4_096 || /[\r\n\0]/.test(key)))
        throw refused(keyTaken);
      const sent = [...runsAt().values()].reduce((sum, count) => sum + count, 0);
      if (sent > 0) {
        const many = sent === 1 ? "1 run is" : `${sent} runs are`;
        throw refused(
          `${many} with workers, under the key there is now: choose On this machine, and change the key when they have ended`,
        );
      }
      if (key === null) own.delete("shared key");
      else own.set("shared key", key.trim());
      options.setSetting(chosen());
      await follow();
      return choice();
    },
    async resume(meant) {
      const now = goesTo();
      if (now.kind === "absent") throw new AppError("RUNTIME_UNAVAILABLE", now.problem);
      if (now.kind === "local")
        throw new AppError("RUNTIME_UNAVAILABLE", "Runs execute on this machine: there are no queues in Redis");
      return options.resumeQueues(ofRedis(now), meant);
    },
    async workers() {
      const now = goesTo();
      const none: WorkersView = { workers: [], queues: [], problem: null, notes: [] };
      // Whoever sends nothing there asks Redis itself.
      const isOther = options.role === "client" || ofOwner() !== null;
      const asked = async () => (now.kind === "bullmq" ? await options.readWorkers(ofRedis(now)) : none);
      const view = isOther ? await asked() : (overRedis?.workers() ?? none);
      return { ...view, notes: [...view.notes, ...elsewhere(now)] };
    },
  };
}
