import { Cluster, Redis, type RedisOptions } from "ioredis";
import { type RedisAddress, tlsOf } from "./address.ts";

export type RedisClient = Redis | Cluster;

/** How long a Cluster's map of who keeps what may be old: a server that answers nothing does not say that it has changed. */
const clusterMapMs = 5_000;

/**
 * A connection to it; lazily, with what its purpose needs in `options`. Reports no password in its errors. Throws where a
 * file that the address names cannot be used.
 */
export function connectRedis(address: RedisAddress, options: RedisOptions = {}): RedisClient {
  const { kind, tls, hosts, username, password, db, master, sentinelUsername, sentinelPassword } = address;
  const secured = tls ? tlsOf(address) : undefined;
  const common: RedisOptions = {
    lazyConnect: true,
    disableClientInfo: true,
    // An answer is an array or object of strings as it was with older servers, and BullMQ reads it so.
    protocol: 2,
    // A server that has become a replica keeps who is connected to it: a new connection leads to the one in its place.
    reconnectOnError: (error) => error.message.includes("READONLY"),
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(secured === undefined ? {} : { tls: secured }),
    ...options,
  };
  if (kind === "cluster") {
    const { enableOfflineQueue, retryStrategy, connectTimeout } = options;
    return new Cluster(hosts, {
      lazyConnect: true,
      // Its servers' connections come and go, and wait for each other; what a command finds closed is the Cluster as a whole.
      ...(enableOfflineQueue === undefined ? {} : { enableOfflineQueue }),
      ...(typeof retryStrategy === "function" ? { clusterRetryStrategy: retryStrategy } : {}),
      ...(connectTimeout === undefined ? {} : { slotsRefreshTimeout: connectTimeout }),
      slotsRefreshInterval: clusterMapMs,
      // Certificates are for names, and the Cluster itself says by which its servers go.
      ...(tls ? { dnsLookup: (name, found) => found(null, name) } : {}),
      redisOptions: common,
    });
  }
  if (kind === "sentinel") {
    return new Redis({
      ...common,
      db,
      sentinels: hosts,
      name: master ?? "",
      ...(sentinelUsername === null ? {} : { sentinelUsername }),
      ...(sentinelPassword === null ? {} : { sentinelPassword }),
      ...(typeof options.retryStrategy === "function" ? { sentinelRetryStrategy: options.retryStrategy } : {}),
      ...(options.commandTimeout === undefined ? {} : { sentinelCommandTimeout: options.commandTimeout }),
      ...(secured === undefined ? {} : { enableTLSForSentinelMode: true, sentinelTLS: secured }),
    });
  }
  return new Redis({ ...common, db, ...hosts[0] });
}
