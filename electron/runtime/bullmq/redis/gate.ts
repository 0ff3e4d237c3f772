import { performance } from "node:perf_hooks";
import { Cluster } from "ioredis";
import type { RedisProblemCode, RedisReport } from "../../../../shared/api/workers.ts";
import { usualTimings } from "../options.ts";
import { type RedisAddress, redactRedisUrl, usableRedisUrl } from "./address.ts";
import { connectRedis, type RedisClient } from "./client.ts";

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
  IS_CLUSTER: { refused: true, remedy: "Begin the address with redis-cluster:// (TLS: rediss-cluster://)" },
  IS_SENTINEL: { refused: true, remedy: "Write the address as redis-sentinel://host:port/name, with its group's name" },
  NO_CLUSTER: { refused: true, remedy: "Begin the address with redis:// (TLS: rediss://)" },
  NO_GROUP: { refused: true, remedy: "Name a group that SENTINEL MASTERS lists there" },
  CERTIFICATE: {
    refused: true,
    remedy:
      "For an authority of your own name its file behind the address: ?ca=/etc/ssl/redis-ca.pem; for a server that asks for this client's certificate &cert=FILE&key=FILE; for one of another name than the host's &servername=NAME",
  },
  TLS: {
    refused: true,
    remedy: "Begin the address with rediss:// where the server wants TLS, and with redis:// where it does not",
  },
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

/** Reasons of OpenSSL and Node for which a certificate is refused, ours by the server too. */
const aboutCertificates =
  /certificate|self[- ]signed|CERT_|Hostname\/IP does not match|UNABLE_TO_VERIFY|unknown ca|issuer/i;

/** What an error of the connection means; the words hold no password. */
export function problemOf(error: unknown): Problem {
  // A Cluster says that none of its servers could be asked, and keeps what the last one said.
  const said = (error as { lastNodeError?: unknown } | null)?.lastNodeError ?? error;
  const text = messageOf(said);
  if (/WRONGPASS|NOAUTH|invalid (?:username-)?password|AUTH .*called without any password/i.test(text))
    return redisProblem("WRONG_PASSWORD", `Redis refuses the user or the password (${text.split(" ")[0]})`);
  if (/NOPERM/.test(text)) return redisProblem("NOT_ALLOWED", `Redis does not allow it: ${text}`);
  if (/cluster support disabled/i.test(text)) return redisProblem("NO_CLUSTER", "This server is in no Cluster");
  if (/^(?:MOVED|ASK|CROSSSLOT) /.test(text)) return redisProblem("IS_CLUSTER", "This is one server of a Cluster");
  if (/but got an invalid reply: null|No such master/.test(text))
    return redisProblem("NO_GROUP", "Sentinel knows no group of servers of that name");
  if (aboutCertificates.test(text)) {
    // Of OpenSSL's words those that say why.
    const why = /SSL routines:[^:]*:([^:]+):/.exec(text)?.[1] ?? text;
    return redisProblem("CERTIFICATE", `A certificate is refused, or missing: ${why}`);
  }
  if (/wrong version number|packet length too long|EPROTO|before secure TLS/i.test(text))
    return redisProblem("TLS", "What answers there speaks no TLS");
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
  /** One server for itself, one of a Cluster, or Sentinel. */
  mode: "single" | "cluster" | "sentinel";
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
  const mode = fields.get("server_mode") ?? fields.get("redis_mode");
  return {
    kind: valkey !== undefined ? "valkey" : fields.has("redis_version") ? "redis" : "unknown",
    version: valkey ?? fields.get("redis_version") ?? null,
    evictionPolicy: fields.get("maxmemory_policy") ?? null,
    aof: fields.get("aof_enabled") === "1",
    readOnly: fields.get("role") === "slave",
    mode:
      mode === "sentinel"
        ? "sentinel"
        : mode === "cluster" || fields.get("cluster_enabled") === "1"
          ? "cluster"
          : "single",
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

/** What INFO alone says against it, and against the kind of address by which it was reached. */
export function problemsOf(facts: RedisFacts, reachedAs: RedisAddress["kind"]): Problem[] {
  const problems: Problem[] = [];
  if (facts.mode === "sentinel") return [redisProblem("IS_SENTINEL", "This is Sentinel, which keeps no runs itself")];
  if (facts.mode === "cluster" && reachedAs !== "cluster")
    problems.push(redisProblem("IS_CLUSTER", "This is one server of a Cluster"));
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

const infoScript = 'return redis.call("INFO")';

/** INFO of the server that keeps `key`, which a Cluster finds by it. */
export const infoOf = async (client: RedisClient, key: string): Promise<string> =>
  client instanceof Cluster ? String(await client.eval(infoScript, 1, key)) : client.info();

/** The clock of the server that keeps `key`, by which it notes when workers were heard of: epoch milliseconds. */
export async function timeOf(client: RedisClient, key: string): Promise<number> {
  const [seconds, micros] =
    client instanceof Cluster
      ? ((await client.eval('return redis.call("TIME")', 1, key)) as [string, string])
      : await client.time();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}

/**
 * Looks at a Redis before it is used: "Test connection". Never throws for what it finds; throws INVALID_INPUT at `redis`
 * for what is no address at all, or names files that cannot be used.
 */
export async function checkRedis(url: string, { timeoutMs = usualTimings.answerMs } = {}): Promise<RedisReport> {
  const address = usableRedisUrl(url);
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
  const faults: Error[] = [];
  const options = {
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
  };
  const client = connectRedis(address, options);
  const failed = (error: Error): void => void faults.push(error);
  client.on("error", failed);
  client.on("sentinelError", failed);
  let wasConnected = false;
  client.once("connect", () => {
    wasConnected = true;
  });
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, refuse) => {
    timer = setTimeout(() => refuse(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  const asked = look(client, address.kind, report);
  asked.catch(() => {});
  try {
    await Promise.race([asked, tooLate]);
  } catch (error) {
    // The first says what is wrong, those after it only that the connection is closed; but of several Sentinels one that
    // answers says more than one that is not there.
    const found = [...faults, error].map(problemOf);
    const problem = found.find(({ code }) => code !== "UNREACHABLE") ?? found[0] ?? problemOf(error);
    const isClosed = /closed|ECONNRESET|EPIPE/.test(problem.message);
    const why =
      problem.code === "UNREACHABLE" ? await whyUnreachable(address, options, { wasConnected, isClosed }) : null;
    report.problems.push(why ?? problem);
  } finally {
    clearTimeout(timer);
    client.disconnect();
  }
  report.refused = report.problems.some(({ refused }) => refused);
  return report;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

type Options = NonNullable<Parameters<typeof connectRedis>[1]>;

/** What the first server of an address says to `ask`, or why it cannot be connected to. */
async function askOne(address: RedisAddress, options: Options, ask: (client: RedisClient) => Promise<unknown>) {
  const client = connectRedis({ ...address, kind: "single", hosts: address.hosts.slice(0, 1) }, options);
  let fault: Error | null = null;
  client.on("error", (error: Error) => {
    fault ??= error;
  });
  try {
    await client.connect();
    await ask(client);
    return null;
  } catch (error) {
    return problemOf(fault ?? error);
  } finally {
    client.disconnect();
  }
}

/** What a client does not say: its connection only did not come about, or was closed. Null where nothing more is found. */
async function whyUnreachable(
  address: RedisAddress,
  options: Options,
  { wasConnected, isClosed }: { wasConnected: boolean; isClosed: boolean },
): Promise<Problem | null> {
  // Whoever wants TLS hangs up on who speaks none; whoever speaks none waits for the end of a line that never comes.
  if (!address.tls && address.kind === "single" && wasConnected && isClosed)
    return redisProblem("TLS", "What answers there closes the connection at once");
  if (address.tls) {
    const bare = { ...address, tls: false, username: null, password: null };
    const without = await askOne(bare, options, (client) => client.ping());
    if (without === null || without.code === "WRONG_PASSWORD")
      return redisProblem("TLS", "What answers there speaks no TLS");
  }
  if (address.kind !== "cluster") return null;
  const itself = await askOne(address, options, async () => {});
  return itself?.code === "UNREACHABLE" ? null : itself;
}

/** Of each server that may have to keep runs: of a Cluster that are all, since folders lie on any of them. */
const serversOf = (client: RedisClient): RedisClient[] =>
  client instanceof Cluster ? client.nodes("master") : [client];

async function look(client: RedisClient, reachedAs: RedisAddress["kind"], report: RedisReport): Promise<void> {
  await client.connect();
  const all = (await Promise.all(serversOf(client).map((server) => server.info()))).map(readInfo);
  for (const facts of all) {
    for (const problem of problemsOf(facts, reachedAs))
      if (report.problems.every(({ code }) => code !== problem.code)) report.problems.push(problem);
  }
  if (report.problems.some(({ code }) => code === "IS_SENTINEL")) return;
  // What is told of a Cluster is told of the server that is the most used.
  const [facts = readInfo("")] = all.sort((a, b) => (memoryShare(b) ?? 0) - (memoryShare(a) ?? 0));
  const { kind, version, evictionPolicy, usedMemoryBytes, maxMemoryBytes } = facts;
  const aof = all.every((each) => each.aof);
  Object.assign(report, { kind, version, evictionPolicy, usedMemoryBytes, maxMemoryBytes });
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
