import { performance } from "node:perf_hooks";
import type { RedisProblemCode, RedisReport } from "../../../shared/api/workers.ts";
import { connectRedis, parseRedisUrl, type RedisClient, redactRedisUrl } from "./address.ts";
import { usualTimings } from "./options.ts";

/** Above this share of its memory nothing more is sent: workers need the rest for what they have to say. */
export const FULL_SHARE = 0.8;
const slowMs = 100;
const skewMs = 2_000;
/** Since then scripts may ask for what BullMQ asks. */
const oldestRedis = [6, 2] as const;

type Problem = RedisReport["problems"][number];

/** What may be wrong, and what a person does about it. */
const remedies: Record<RedisProblemCode, { refused: boolean; remedy: string }> = {
  UNREACHABLE: { refused: true, remedy: "Check host and port, and that Redis runs and listens on that address" },
  WRONG_PASSWORD: { refused: true, remedy: "Check user and password in the address" },
  NOT_ALLOWED: { refused: true, remedy: "Give this user the right to it (ACL SETUSER), or another user" },
  NOT_REDIS: { refused: true, remedy: "Name the address of a Redis or Valkey server" },
  TOO_OLD: { refused: true, remedy: "Use Redis 6.2 or later, or Valkey" },
  EVICTS: { refused: true, remedy: "Set maxmemory-policy to noeviction: CONFIG SET maxmemory-policy noeviction" },
  READ_ONLY: { refused: true, remedy: "Name the primary server, or Sentinel's address" },
  NO_PERSISTENCE: {
    refused: false,
    remedy: "Switch the append-only file on (appendonly yes): else what waits there is sent again after it restarts",
  },
  SNAPSHOTS_ONLY: {
    refused: false,
    remedy: "Switch the append-only file on (appendonly yes): a snapshot is minutes old when it is needed",
  },
  NEARLY_FULL: { refused: false, remedy: "Raise maxmemory, or take away what else is kept there" },
  SLOW: { refused: false, remedy: "Use a Redis nearer to this machine" },
  CLOCK_DIFFERS: { refused: false, remedy: "Let both machines set their clocks from the network (NTP)" },
};

/** A person's sentence about a problem. */
export const redisProblem = (code: RedisProblemCode, message: string): Problem => ({
  code,
  message,
  ...remedies[code],
});

/** What an error of the connection means; the words hold no password. */
export function problemOf(error: unknown): Problem {
  const text = error instanceof Error ? error.message : String(error);
  if (/WRONGPASS|NOAUTH|invalid (?:username-)?password|AUTH .*called without any password/i.test(text))
    return redisProblem("WRONG_PASSWORD", `Redis refuses the user or the password (${text.split(" ")[0]})`);
  if (/NOPERM/.test(text)) return redisProblem("NOT_ALLOWED", `Redis does not allow it: ${text}`);
  if (/Protocol error|parser error|Unknown RESP|unexpected (?:token|reply)/i.test(text))
    return redisProblem("NOT_REDIS", "What answers there is not a Redis");
  return redisProblem("UNREACHABLE", `Redis cannot be reached: ${text}`);
}

export interface RedisFacts {
  kind: RedisReport["kind"];
  version: string | null;
  evictionPolicy: string | null;
  aof: boolean;
  readOnly: boolean;
  usedMemoryBytes: number | null;
  maxMemoryBytes: number | null;
  systemMemoryBytes: number | null;
}

/** Reads the text of INFO. */
export function readInfo(text: string): RedisFacts {
  const fields = new Map(
    text.split(/\r?\n/).flatMap((line): [string, string][] => {
      const at = line.indexOf(":");
      return at < 1 || line.startsWith("#") ? [] : [[line.slice(0, at), line.slice(at + 1).trim()]];
    }),
  );
  const bytes = (name: string): number | null => {
    const value = Number(fields.get(name) ?? Number.NaN);
    return Number.isFinite(value) && value > 0 ? value : null;
  };
  const valkey = fields.get("valkey_version");
  return {
    kind: valkey !== undefined ? "valkey" : fields.has("redis_version") ? "redis" : "unknown",
    version: valkey ?? fields.get("redis_version") ?? null,
    evictionPolicy: fields.get("maxmemory_policy") ?? null,
    aof: fields.get("aof_enabled") === "1",
    readOnly: fields.get("role") === "slave",
    usedMemoryBytes: bytes("used_memory"),
    maxMemoryBytes: bytes("maxmemory"),
    systemMemoryBytes: bytes("total_system_memory"),
  };
}

/** Which share of its memory is used, of the system's where it has no limit; null where that is not told. */
export function memoryShare({ usedMemoryBytes, maxMemoryBytes, systemMemoryBytes }: RedisFacts): number | null {
  const most = maxMemoryBytes ?? systemMemoryBytes;
  return usedMemoryBytes === null || most === null ? null : usedMemoryBytes / most;
}

/** What INFO alone says against it. */
export function problemsOf(facts: RedisFacts): Problem[] {
  const problems: Problem[] = [];
  const { kind, version, evictionPolicy } = facts;
  if (kind === "unknown")
    problems.push(redisProblem("NOT_REDIS", "What answers there does not say that it is a Redis"));
  if (kind === "redis" && version !== null && isOlder(version))
    problems.push(redisProblem("TOO_OLD", `This is Redis ${version}, which is too old`));
  if (facts.readOnly) problems.push(redisProblem("READ_ONLY", "This is a replica, which takes no writes"));
  if (evictionPolicy !== null && evictionPolicy !== "noeviction") {
    problems.push(
      redisProblem("EVICTS", `Its eviction policy is ${evictionPolicy}: when its memory is full it throws runs away`),
    );
  }
  const share = memoryShare(facts);
  if (share !== null && share > FULL_SHARE)
    problems.push(
      redisProblem("NEARLY_FULL", `${Math.round(share * 100)} % of its memory is used: nothing more is sent`),
    );
  return problems;
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < oldestRedis[0] || (major === oldestRedis[0] && minor < oldestRedis[1]);
}

/** INFO of the server that keeps our keys: of a Cluster any one of its servers answers for all. */
export const infoOf = (client: Pick<RedisClient, "info">): Promise<string> => client.info();

/**
 * Looks at a Redis before it is used: "Test connection". Never throws for what it finds; throws INVALID_INPUT at `redis`
 * for what is no address at all.
 */
export async function checkRedis(url: string, { timeoutMs = usualTimings.answerMs } = {}): Promise<RedisReport> {
  const address = parseRedisUrl(url);
  const report: RedisReport = {
    address: redactRedisUrl(url),
    kind: "unknown",
    version: null,
    evictionPolicy: null,
    persistence: null,
    usedMemoryBytes: null,
    maxMemoryBytes: null,
    latencyMs: null,
    clockDifferenceMs: null,
    problems: [],
    refused: false,
  };
  let fault: Error | null = null;
  const client = connectRedis(address, {
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
  });
  client.on("error", (error: Error) => {
    // The first says what is wrong; those after it only that the connection is closed.
    fault ??= error;
  });
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, refuse) => {
    timer = setTimeout(() => refuse(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  const asked = look(client, report);
  asked.catch(() => {});
  try {
    await Promise.race([asked, tooLate]);
  } catch (error) {
    report.problems.push(problemOf(fault ?? error));
  } finally {
    clearTimeout(timer);
    client.disconnect();
  }
  report.refused = report.problems.some(({ refused }) => refused);
  return report;
}

async function look(client: RedisClient, report: RedisReport): Promise<void> {
  await client.connect();
  const facts = readInfo(await infoOf(client));
  const { kind, version, evictionPolicy, usedMemoryBytes, maxMemoryBytes, aof } = facts;
  Object.assign(report, { kind, version, evictionPolicy, usedMemoryBytes, maxMemoryBytes });
  report.problems.push(...problemsOf(facts));
  const trips: number[] = [];
  for (let i = 0; i < 5; i++) {
    const began = performance.now();
    await client.ping();
    trips.push(performance.now() - began);
  }
  trips.sort((a, b) => a - b);
  report.latencyMs = Math.round((trips[2] ?? 0) * 10) / 10;
  if (report.latencyMs > slowMs)
    report.problems.push(redisProblem("SLOW", `An answer takes ${Math.round(report.latencyMs)} ms`));
  const sentAt = Date.now();
  const [seconds, micros] = await client.time();
  const middle = (sentAt + Date.now()) / 2;
  report.clockDifferenceMs = Math.round(Number(seconds) * 1000 + Number(micros) / 1000 - middle);
  if (Math.abs(report.clockDifferenceMs) > skewMs) {
    const by = `${(Math.abs(report.clockDifferenceMs) / 1000).toFixed(1)} s`;
    const way = report.clockDifferenceMs > 0 ? "ahead of" : "behind";
    report.problems.push(redisProblem("CLOCK_DIFFERS", `Its clock is ${by} ${way} this machine's`));
  }
  report.persistence = aof ? "aof" : await snapshots(client);
  if (report.persistence === "none") report.problems.push(redisProblem("NO_PERSISTENCE", "It keeps nothing on disk"));
  if (report.persistence === "snapshots")
    report.problems.push(redisProblem("SNAPSHOTS_ONLY", "It writes a snapshot to disk only now and then"));
}

/** Whether it writes snapshots, where that may be asked: hosted ones forbid CONFIG. */
async function snapshots(client: RedisClient): Promise<RedisReport["persistence"]> {
  try {
    const answer = (await client.config("GET", "save")) as string[];
    return (answer[1] ?? "") === "" ? "none" : "snapshots";
  } catch {
    return null;
  }
}
