import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { type ConnectionOptions, createSecureContext } from "node:tls";
import { invalidField } from "../../../../shared/domain/errors.ts";

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
  /** Who this is to Sentinel itself, where that asks. */
  sentinelUsername: string | null;
  sentinelPassword: string | null;
  /** Files in PEM for TLS: whom to trust in place of the usual authorities, and what this client shows of itself. */
  files: Partial<Record<TlsFile, string>>;
  /** The name that the servers' certificate is for, where it is not that of the host. */
  servername: string | null;
}

const tlsFiles = ["ca", "cert", "key"] as const;
type TlsFile = (typeof tlsFiles)[number];

const taken =
  "expected are redis://[user:password@]host[:port][/db], rediss://… (TLS), redis-sentinel://host:port,host:port/name[/db] and redis-cluster://host:port,host:port";
const sentinelSettings = ["sentinelUsername", "sentinelPassword"];
const tlsSettings = [...tlsFiles, "servername"];
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
  const match = /^([a-z-]+):\/\/(?:([^@/]*)@)?([^/@?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/i.exec(url.trim());
  const [, scheme = "", credentials, hostList = "", path = "", query = ""] = match ?? [];
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
  return { ...known, hosts, username, password, db, master, ...readSettings(query, known, refused) };
}

/** What stands behind the `?`: only what means something for this kind of address. */
function readSettings(
  query: string,
  { kind, tls }: Pick<RedisAddress, "kind" | "tls">,
  refused: (why: string) => Error,
): Pick<RedisAddress, "sentinelUsername" | "sentinelPassword" | "files" | "servername"> {
  const settings = new Map<string, string>();
  const allowed = [...(kind === "sentinel" ? sentinelSettings : []), ...(tls ? tlsSettings : [])];
  for (const pair of query.split("&").filter((text) => text !== "")) {
    const at = pair.indexOf("=");
    const name = at < 0 ? pair : pair.slice(0, at);
    if (!allowed.includes(name)) {
      if (tlsSettings.includes(name)) throw refused(`${name} is for TLS, which begins with rediss`);
      if (sentinelSettings.includes(name)) throw refused(`${name} is for Sentinel`);
      throw refused(
        `the setting ${JSON.stringify(name.slice(0, 40))} is not known${allowed.length === 0 ? "" : `; there are ${allowed.join(", ")}`}`,
      );
    }
    const value = decoded(pair.slice(at + 1), () => refused("settings are percent-encoded"));
    if (at < 0 || value === "") throw refused(`${name} has no value`);
    settings.set(name, value);
  }
  const files: RedisAddress["files"] = {};
  for (const name of tlsFiles) {
    const path = settings.get(name);
    if (path === undefined) continue;
    if (!isAbsolute(path))
      throw refused(`${name} is the whole path of a file in PEM, such as /etc/ssl/redis-${name}.pem`);
    files[name] = path;
  }
  if ((files.cert === undefined) !== (files.key === undefined)) throw refused("cert and key go together");
  return {
    sentinelUsername: settings.get("sentinelUsername") ?? null,
    sentinelPassword: settings.get("sentinelPassword") ?? null,
    files,
    servername: settings.get("servername") ?? null,
  };
}

function decoded(text: string, refused: () => Error): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused();
  }
}

/** Reads an address that is about to be used: throws INVALID_INPUT at `field` also where a file that it names cannot be used. */
export function usableRedisUrl(url: string, field = "redis"): RedisAddress {
  const address = parseRedisUrl(url, field);
  try {
    createSecureContext(tlsOf(address));
  } catch (error) {
    throw invalidField(field, redactRedisUrl(url), (error as Error).message);
  }
  return address;
}

/** What a connection needs for TLS; throws with words for a person where a file cannot be read, or is not what it should be. */
export function tlsOf({ files, servername }: RedisAddress): ConnectionOptions {
  const options: ConnectionOptions = servername === null ? {} : { servername };
  for (const name of tlsFiles) {
    const path = files[name];
    if (path === undefined) continue;
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
      throw new Error(`${name}: ${isMissing ? "there is no file" : "this user may not read"} ${JSON.stringify(path)}`);
    }
    const is = name === "key" ? /-----BEGIN [A-Z ]*PRIVATE KEY-----/ : /-----BEGIN CERTIFICATE-----/;
    if (!is.test(text))
      throw new Error(
        `${name}: ${JSON.stringify(path)} holds no ${name === "key" ? "private key" : "certificate"} in PEM (-----BEGIN …)`,
      );
    options[name] = text;
  }
  return options;
}

function readCredentials(text: string | undefined, refused: (why: string) => Error): [string | null, string | null] {
  if (text === undefined) return [null, null];
  const colon = text.indexOf(":");
  const [user, word] = colon < 0 ? ["", text] : [text.slice(0, colon), text.slice(colon + 1)];
  const read = (part: string): string | null =>
    decoded(part, () => refused("user and password are percent-encoded")) || null;
  return [read(user), read(word)];
}

/** A short name of the server and its database, the same whoever connects to it: by it a run says which Redis has it. */
export function redisName(url: string): string {
  const { kind, hosts, db, master } = parseRedisUrl(url);
  const places = hosts.map(({ host, port }) => `${host.toLowerCase()}:${port}`).sort();
  return createHash("sha256")
    .update(JSON.stringify([kind, places, db, master]))
    .digest("hex")
    .slice(0, 10);
}

const plainSettings = new Set<string>([...tlsSettings, "sentinelUsername"]);
/** A setting that other programs take a password by: it may hold an @ that is none of the address's. */
const passwordSetting = /([?&][a-z_-]*(?:pass|pwd|auth|secret|token)[a-z_-]*=)[^&]*/gi;

/**
 * The address for people and logs, also where it is none: whatever stands before the last `@` is left out but for the user's
 * name, and so is what may be a password elsewhere: a setting that is not known, a port that is none, what follows a `#`.
 */
export function redactRedisUrl(given: string): string {
  const url = given.replace(passwordSetting, "$1…");
  const at = url.lastIndexOf("@");
  const start = url.indexOf("://") + 3;
  const scheme = start < 3 ? "" : url.slice(0, start);
  const user = at < 0 || start < 3 ? "" : (/^([^:@]*):/.exec(url.slice(start, at))?.[1] ?? "");
  return `${scheme}${user === "" ? "" : `${user}:`}${at < 0 ? "" : "…@"}${redactPlace(url.slice(at < 0 ? scheme.length : at + 1))}`;
}

/** Hosts and what follows them. */
function redactPlace(text: string): string {
  const [, hosts = "", rest = ""] = /^([^/?#]*)(.*)$/s.exec(text) ?? [];
  const shown = hosts
    .split(",")
    .map((host) => host.replace(/^([^[:]*):(?!\d{1,5}$).+$/s, "$1:…"))
    .join(",");
  return `${shown}${rest
    .replace(/([?&])([^=&#]*)=[^&#]*/g, (pair, mark: string, name: string) =>
      plainSettings.has(name) ? pair : `${mark}${name}=…`,
    )
    .replace(/#.+$/s, "#…")}`;
}
