import { createServer, type Socket } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort, startRedis, type TestRedis } from "../testing/redis.ts";
import { parseRedisUrl, redactRedisUrl } from "./address.ts";
import { checkRedis, memoryShare, problemOf, problemsOf, readInfo } from "./gate.ts";

describe("an address of Redis", () => {
  it("is taken apart", () => {
    expect(parseRedisUrl("rediss://bob:s%40crt@example.org:7000/3")).toEqual({
      kind: "single",
      tls: true,
      hosts: [{ host: "example.org", port: 7000 }],
      username: "bob",
      password: "s@crt",
      db: 3,
      master: null,
      sentinelUsername: null,
      sentinelPassword: null,
      files: {},
      servername: null,
    });
    expect(
      parseRedisUrl(
        "rediss-sentinel://a/main?sentinelUsername=s&sentinelPassword=p%26w&ca=/x/a%20b.pem&servername=r.test",
      ),
    ).toMatchObject({
      sentinelUsername: "s",
      sentinelPassword: "p&w",
      files: { ca: "/x/a b.pem" },
      servername: "r.test",
    });
    expect(parseRedisUrl("redis://[::1]")).toMatchObject({ hosts: [{ host: "::1", port: 6379 }], password: null });
    expect(parseRedisUrl("redis-sentinel://:pw@a:1,b/main/2")).toMatchObject({
      kind: "sentinel",
      hosts: [
        { host: "a", port: 1 },
        { host: "b", port: 26_379 },
      ],
      password: "pw",
      master: "main",
      db: 2,
    });
    expect(parseRedisUrl("redis-cluster://a,b:7001")).toMatchObject({
      kind: "cluster",
      hosts: [{ port: 6379 }, { port: 7001 }],
    });
  });

  it.each([
    ["", "not the address"],
    ["localhost:6379", "not the address"],
    ["http://localhost", "http:// is not known"],
    ["redis://localhost:99999", "host:port"],
    ["redis://a,b", "Sentinel or Cluster"],
    ["redis-sentinel://a:1", "name of its group"],
    ["redis://a/x", "the database is a number"],
    ["redis-cluster://a/1", "no numbered databases"],
    ["redis://:%zz@a", "percent-encoded"],
    ["redis://a?ca=/x.pem", "ca is for TLS, which begins with rediss"],
    ["rediss://a?ca=x.pem", "ca is the whole path of a file in PEM"],
    ["rediss://a?cert=/x.pem", "cert and key go together"],
    ["rediss://a?tls=1", 'the setting "tls" is not known; there are ca, cert, key, servername'],
    ["redis://a?sentinelPassword=x", "sentinelPassword is for Sentinel"],
    ["rediss://a?ca=", "ca has no value"],
    ["rediss://a?ca=%zz", "percent-encoded"],
  ])("%j is refused at its field", (url, words) => {
    expect(() => parseRedisUrl(url, "redisUrl")).toThrow(words);
    expect(() => parseRedisUrl(url, "redisUrl")).toThrow(/^redisUrl: /);
  });

  it("never shows a password, also where it is refused", () => {
    const word = fc.string({ minLength: 6, unit: fc.constantFrom(..."abc%/@:?# é") }).map((text) => `S3CR${text}ET`);
    fc.assert(
      fc.property(word, fc.constantFrom("redis", "rediss", "ftp", "redis-sentinel"), (password, scheme) => {
        expect(redactRedisUrl(`${scheme}://h/m?sentinelPassword=${encodeURIComponent(password)}&ca=/x`)).toBe(
          `${scheme}://h/m?sentinelPassword=…&ca=/x`,
        );
        for (const given of [password, encodeURIComponent(password)]) {
          const url = `${scheme}://user:${given}@host:1`;
          expect(redactRedisUrl(url)).toBe(`${scheme}://user:…@host:1`);
          try {
            parseRedisUrl(url);
          } catch (error) {
            expect(JSON.stringify([(error as Error).message, (error as { issues: unknown }).issues])).not.toContain(
              "S3CR",
            );
          }
        }
      }),
    );
  });
});

describe("an address for people", () => {
  it.each([
    ["redis://127.0.0.1:6379/3", "redis://127.0.0.1:6379/3"],
    ["redis://[::1]:6379", "redis://[::1]:6379"],
    ["redis://:word@h", "redis://…@h"],
    ["redis://user:word@h:1/2", "redis://user:…@h:1/2"],
    [
      "rediss-sentinel://:w@a,b:2/main?sentinelPassword=p@q&ca=/x.pem",
      "rediss-sentinel://…@a,b:2/main?sentinelPassword=…&ca=/x.pem",
    ],
    ["redis://h/0?password=p@q", "redis://h/0?password=…"],
    ["redis://h?anything=word&servername=n", "redis://h?anything=…&servername=n"],
    ["redis://user:word", "redis://user:…"],
    ["redis-cluster://a:1,b:word,c:3", "redis-cluster://a:1,b:…,c:3"],
    ["redis://h#word", "redis://h#…"],
    ["user:word@h", "…@h"],
  ])("%s is %s", (given, shown) => {
    expect(redactRedisUrl(given)).toBe(shown);
  });
});

describe("what INFO says", () => {
  it("refuses what is too old, evicts, or is a replica", () => {
    const codes = (text: string): string[] => problemsOf(readInfo(text), "single").map(({ code }) => code);
    expect(codes("redis_version:6.0.16\r\nmaxmemory_policy:noeviction")).toEqual(["TOO_OLD"]);
    expect(codes("redis_version:6.2.0\r\nmaxmemory_policy:noeviction")).toEqual([]);
    expect(codes("redis_version:7.2.4\r\nvalkey_version:8.1.0\r\nmaxmemory_policy:volatile-lru")).toEqual(["EVICTS"]);
    expect(codes("redis_version:7.0.1\r\nrole:slave")).toEqual(["READ_ONLY"]);
    expect(codes("hello")).toEqual(["NOT_REDIS"]);
    expect(codes("redis_version:7.0.1\r\nredis_mode:sentinel")).toEqual(["IS_SENTINEL"]);
    expect(codes("redis_version:7.0.1\r\nredis_mode:cluster\r\ncluster_enabled:1")).toEqual(["IS_CLUSTER"]);
  });

  it("counts memory against its limit, else the system's", () => {
    const share = (text: string): number | null => memoryShare(readInfo(text));
    expect(share("used_memory:90\r\nmaxmemory:100\r\ntotal_system_memory:1000")).toBe(0.9);
    expect(share("used_memory:90\r\nmaxmemory:0\r\ntotal_system_memory:1000")).toBe(0.09);
    expect(share("used_memory:90")).toBeNull();
  });

  it("tells a refusal from what cannot be reached", () => {
    expect(problemOf(new Error("WRONGPASS invalid username-password pair")).code).toBe("WRONG_PASSWORD");
    expect(problemOf(new Error("connect ECONNREFUSED 127.0.0.1:1")).code).toBe("UNREACHABLE");
  });
});

describe("a look at a Redis", () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis(["--appendonly", "yes"], { password: "right" });
  });
  afterAll(() => redis[Symbol.asyncDispose]());

  it("reports what it is", async () => {
    const report = await checkRedis(redis.url);
    expect(report).toMatchObject({
      kind: expect.stringMatching(/^(?:redis|valkey)$/),
      version: expect.stringMatching(/^\d+\.\d+/),
      evictionPolicy: "noeviction",
      persistence: "aof",
      refused: false,
      problems: [],
      address: `redis://…@127.0.0.1:${redis.port}`,
    });
    expect(report.latencyMs).toBeGreaterThanOrEqual(0);
    expect(Math.abs(report.clockDifferenceMs ?? 1e9)).toBeLessThan(2000);
  });

  it("says what follows from its settings", async () => {
    await redis.client.config("SET", "maxmemory-policy", "allkeys-lru");
    await redis.client.config("SET", "appendonly", "no");
    const used = readInfo(await redis.client.info()).usedMemoryBytes ?? 0;
    await redis.client.config("SET", "maxmemory", String(Math.ceil(used * 1.05)));
    const { problems, refused } = await checkRedis(redis.url);
    expect(refused).toBe(true);
    expect(problems.map(({ code }) => code).sort()).toEqual(["EVICTS", "NEARLY_FULL", "NO_PERSISTENCE"]);
    expect(problems.find(({ code }) => code === "EVICTS")?.remedy).toContain("noeviction");
    await redis.client.config("SET", "maxmemory", "0");
    await redis.client.config("SET", "maxmemory-policy", "noeviction");
    await redis.client.config("SET", "appendonly", "yes");
  });

  it("tells a wrong password, without naming it", async () => {
    const report = await checkRedis(`redis://:wr0ng@127.0.0.1:${redis.port}`);
    expect(report).toMatchObject({ refused: true, problems: [{ code: "WRONG_PASSWORD" }] });
    expect((await checkRedis(`redis://127.0.0.1:${redis.port}`)).problems[0]?.code).toBe("WRONG_PASSWORD");
    expect(JSON.stringify(report)).not.toContain("wr0ng");
  });

  it("says at once that nothing listens, and in time that nothing answers", async () => {
    const port = await freePort();
    expect((await checkRedis(`redis://127.0.0.1:${port}`)).problems[0]?.code).toBe("UNREACHABLE");
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((done) => silent.listen(0, "127.0.0.1", () => done()));
    const { port: silentPort } = silent.address() as { port: number };
    const report = await checkRedis(`redis://127.0.0.1:${silentPort}`, { timeoutMs: 200 });
    expect(report.problems).toMatchObject([{ code: "UNREACHABLE", refused: true }]);
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => silent.close(done));
  });

  it("tells another server from a Redis", async () => {
    const web = createServer((socket) =>
      socket
        .on("error", () => {})
        .resume()
        .end("HTTP/1.1 400 Bad Request\r\n\r\n"),
    );
    await new Promise<void>((done) => web.listen(0, "127.0.0.1", () => done()));
    const { port } = web.address() as { port: number };
    expect((await checkRedis(`redis://127.0.0.1:${port}`)).problems[0]).toMatchObject({
      code: "NOT_REDIS",
      refused: true,
    });
    await new Promise((done) => web.close(done));
  });
});
