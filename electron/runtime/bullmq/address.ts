import { Cluster, Redis, type RedisOptions } from "ioredis";
import { invalidField } from "../../../shared/domain/errors.ts";

/** Where a Redis is, as it was written; `hosts` has several for Sentinel and Cluster. */
export interface RedisAddress {
  kind: "single" | "sentinel" | "cluster";
  tls: boolean;
  hosts: { host: string; port: number }[];
  username: string | null;
  password: string | null;
  db: number;
  /** Sentinel's name of the group of servers. */
  master: string | null;
}

export type RedisClient = Redis | Cluster;

const taken =
  "taken are redis://[user:password@]host[:port][/db], rediss://… (TLS), redis-sentinel://host:port,host:port/name[/db] and redis-cluster://host:port,host:port";
const schemes: Record<string, Pick<RedisAddress, "kind" | "tls">> = {
  redis: { kind: "single", tls: false },
  rediss: { kind: "single", tls: true },
  "redis-sentinel": { kind: "sentinel", tls: false },
  "rediss-sentinel": { kind: "sentinel", tls: true },
  "redis-cluster": { kind: "cluster", tls: false },
  "rediss-cluster": { kind: "cluster", tls: true },
};
const usualPorts = { single: 6379, sentinel: 26_379, cluster: 6379 } as const;

/** Reads an address; throws INVALID_INPUT at `field`, without the password in its words. */
export function parseRedisUrl(url: string, field = "redis"): RedisAddress {
  const refused = (why: string): Error => invalidField(field, redactRedisUrl(url), `${why}; ${taken}`);
  const match = /^([a-z-]+):\/\/(?:([^@/]*)@)?([^/@?#]+)(?:\/([^?#]*))?$/i.exec(url.trim());
  const [, scheme = "", credentials, hostList = "", path = ""] = match ?? [];
  const known = schemes[scheme.toLowerCase()];
  if (match === null) throw refused("this is not the address of a Redis");
  if (known === undefined) throw refused(`${scheme}:// is not known`);
  const hosts = hostList.split(",").map((text) => {
    const place = /^(\[[0-9a-f:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/i.exec(text.trim());
    const port = Number(place?.[2] ?? usualPorts[known.kind]);
    if (place?.[1] === undefined || port < 1 || port > 65_535)
      throw refused("each host is host:port, and a password with / or @ in it is percent-encoded");
    return { host: place[1].replace(/^\[|\]$/g, ""), port };
  });
  if (known.kind === "single" && hosts.length > 1) throw refused("several hosts are for Sentinel or Cluster");
  const parts = path.split("/").filter((part) => part !== "");
  const master = known.kind === "sentinel" ? (parts.shift() ?? null) : null;
  if (known.kind === "sentinel" && master === null) throw refused("Sentinel needs the name of its group of servers");
  const db = parts.length === 0 ? 0 : Number(parts[0]);
  if (parts.length > 1 || !Number.isInteger(db) || db < 0 || db > 1_000_000) throw refused("the database is a number");
  if (known.kind === "cluster" && db !== 0) throw refused("a Cluster has no numbered databases");
  const [username, password] = readCredentials(credentials, refused);
  return { ...known, hosts, username, password, db, master };
}

function readCredentials(text: string | undefined, refused: (why: string) => Error): [string | null, string | null] {
  if (text === undefined) return [null, null];
  const colon = text.indexOf(":");
  const [user, word] = colon < 0 ? ["", text] : [text.slice(0, colon), text.slice(colon + 1)];
  try {
    return [decodeURIComponent(user) || null, decodeURIComponent(word) || null];
  } catch {
    throw refused("user and password are percent-encoded");
  }
}

/** The address for people and logs: whatever stands before the last `@` is left out but for the user's name. */
export function redactRedisUrl(url: string): string {
  const at = url.lastIndexOf("@");
  if (at < 0) return url;
  const start = url.indexOf("://") + 3;
  const user = start < 3 ? "" : (/^([^:@]*):/.exec(url.slice(start, at))?.[1] ?? "");
  return `${start < 3 ? "" : url.slice(0, start)}${user === "" ? "" : `${user}:`}…@${url.slice(at + 1)}`;
}

/** A connection to it; lazily, with what its purpose needs in `options`. Reports no password in its errors. */
export function connectRedis(address: RedisAddress, options: RedisOptions = {}): RedisClient {
  const { kind, tls, hosts, username, password, db, master } = address;
  const common: RedisOptions = {
    lazyConnect: true,
    disableClientInfo: true,
    // An answer is an array or object of strings as it was with older servers, and BullMQ reads it so.
    protocol: 2,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
    ...options,
  };
  if (kind === "cluster") return new Cluster(hosts, { lazyConnect: true, redisOptions: common });
  if (kind === "sentinel") {
    return new Redis({
      ...common,
      db,
      sentinels: hosts,
      name: master ?? "",
      ...(tls ? { enableTLSForSentinelMode: true } : {}),
    });
  }
  return new Redis({ ...common, db, ...hosts[0] });
}
