import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import { freePort, startRedis, type TestRedis } from "./redis.ts";

const program = process.env["ALMANAC_REDIS_SERVER"] ?? "redis-server";

/** Servers that belong together; all end with it. */
interface Group extends AsyncDisposable {
  readonly url: string;
}

const until = async (what: string, fits: () => Promise<boolean>, withinMs = 60_000): Promise<void> => {
  const deadline = Date.now() + withinMs;
  while (!(await fits().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
};

/**
 * A server with a replica, and Sentinel that puts the replica in its place. The address names a Sentinel that is not there
 * first. `password` is that of the servers, `sentinelPassword` Sentinel's own.
 */
export async function startSentinel({
  password,
  sentinelPassword,
}: {
  password: string;
  sentinelPassword: string;
}): Promise<Group & { primary: TestRedis; replica: TestRedis; failedOver(): Promise<void> }> {
  const own = ["--appendonly", "yes", "--masterauth", password, "--repl-diskless-sync-delay", "0"];
  const primary = await startRedis(own, { password });
  const replica = await startRedis([...own, "--replicaof", `127.0.0.1 ${primary.port}`], { password });
  await until("the replica follows", async () =>
    /master_link_status:up/.test(await replica.client.info("replication")),
  );
  const folder = mkdtempSync(join(tmpdir(), "almanac-sentinel-"));
  const port = await freePort();
  const file = join(folder, "sentinel.conf");
  // It writes into its file what it finds out.
  writeFileSync(
    file,
    [
      `port ${port}`,
      "bind 127.0.0.1",
      `dir ${folder}`,
      "loglevel warning",
      `requirepass ${sentinelPassword}`,
      `sentinel monitor main 127.0.0.1 ${primary.port} 1`,
      `sentinel auth-pass main ${password}`,
      "sentinel down-after-milliseconds main 500",
      "sentinel failover-timeout main 5000",
      "",
    ].join("\n"),
  );
  const child = spawn(program, [file, "--sentinel"], { stdio: "ignore" });
  const ended = new Promise((done) => child.on("exit", done));
  const client = new Redis({ port, password: sentinelPassword, protocol: 2, retryStrategy: () => 50 });
  client.on("error", () => {});
  const addressOf = async (): Promise<number> =>
    Number(((await client.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main")) as string[] | null)?.[1]);
  await until("Sentinel knows the replica", async () => {
    const [found] = (await client.call("SENTINEL", "REPLICAS", "main")) as string[][];
    return found?.includes(String(replica.port)) === true;
  });
  return {
    primary,
    replica,
    url: `redis-sentinel://:${password}@127.0.0.1:${await freePort()},127.0.0.1:${port}/main?sentinelPassword=${sentinelPassword}`,
    failedOver: () => until("the replica is in its place", async () => (await addressOf()) === replica.port),
    async [Symbol.asyncDispose]() {
      client.disconnect();
      child.kill("SIGKILL");
      await ended;
      await Promise.all([primary, replica].map((server) => server[Symbol.asyncDispose]()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A Cluster of three servers without replicas; the address names one of them. */
export async function startCluster(): Promise<
  Group & { servers: TestRedis[]; serverOf(key: string): Promise<TestRedis> }
> {
  const servers: TestRedis[] = [];
  const places: string[] = [];
  for (let i = 0; i < 3; i++) {
    const busPort = await freePort();
    const own = ["--cluster-enabled", "yes", "--cluster-port", String(busPort), "--cluster-node-timeout", "2000"];
    const server = await startRedis(["--appendonly", "yes", ...own]);
    servers.push(server);
    places.push(`127.0.0.1:${server.port}@${busPort}`);
  }
  await promisify(execFile)("redis-cli", ["--cluster", "create", ...places, "--cluster-yes"]);
  const [first] = servers as [TestRedis, ...TestRedis[]];
  for (const { client } of servers)
    await until("the Cluster is complete", async () => /cluster_state:ok/.test(String(await client.cluster("INFO"))));
  return {
    servers,
    url: `redis-cluster://127.0.0.1:${first.port}`,
    async serverOf(key) {
      const slot = await first.client.cluster("KEYSLOT", key);
      const ranges = (await first.client.call("CLUSTER", "SLOTS")) as [number, number, [string, number]][];
      const [, , [, port]] = ranges.find(([from, to]) => from <= Number(slot) && Number(slot) <= to) ?? [0, 0, ["", 0]];
      return servers.find((server) => server.port === port) ?? first;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    },
  };
}

/** A server that speaks TLS alone, its certificate by an authority of its own, and wants one of that from its clients too. */
export async function startTlsRedis(): Promise<Group & { port: number; ca: string; cert: string; key: string }> {
  const folder = mkdtempSync(join(tmpdir(), "almanac-tls-"));
  const path = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): unknown => execFileSync("openssl", args, { stdio: "ignore" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  openssl("req", "-x509", ...newKey, "-subj", "/CN=authority", "-keyout", path("ca.key"), "-out", path("ca.pem"));
  const names = ["-addext", "subjectAltName=DNS:redis.test"];
  const signer = ["-CA", path("ca.pem"), "-CAkey", path("ca.key")];
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-subj",
    "/CN=redis",
    ...names,
    ...signer,
    "-keyout",
    path("key.pem"),
    "-out",
    path("cert.pem"),
  );
  const port = await freePort();
  const files = [
    "--tls-ca-cert-file",
    path("ca.pem"),
    "--tls-cert-file",
    path("cert.pem"),
    "--tls-key-file",
    path("key.pem"),
  ];
  const redis = await startRedis(["--appendonly", "yes", "--tls-port", String(port), ...files]);
  return {
    port,
    ca: path("ca.pem"),
    cert: path("cert.pem"),
    key: path("key.pem"),
    url: `rediss://127.0.0.1:${port}?ca=${path("ca.pem")}&cert=${path("cert.pem")}&key=${path("key.pem")}&servername=redis.test`,
    async [Symbol.asyncDispose]() {
      await redis[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
