import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { tempApp } from "../api/testing/tempApp.ts";
import { smallDisk } from "../engine/faults/smallDisk.ts";
import { startRedis } from "../runtime/bullmq/testing/redis.ts";
import { createServer } from "./server.ts";
import { ask } from "./testing/client.ts";

vi.setConfig({ testTimeout: 120_000 });

/** Asks a server of this app until it says so. */
async function probed(app: Awaited<ReturnType<typeof tempApp>>) {
  const server = await createServer({ app, pagesDir: "/nowhere", log: () => {} });
  return {
    until: (status: number, state: string) =>
      vi.waitFor(
        async () => {
          const answer = await ask(server.port, { path: "/readyz" });
          expect([answer.status, JSON.parse(answer.body)]).toEqual([status, { state }]);
        },
        { timeout: 40_000, interval: 100 },
      ),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

it("says that the disk is full, until there is room again", async (context) => {
  using disk = smallDisk();
  if (disk === null) {
    console.log("mounting is not allowed here: /readyz is not tried on a full disk");
    return context.skip();
  }
  await using app = await tempApp({ role: "engine", dataDir: join(disk.path, "data") });
  await app.start();
  await using probe = await probed(app);
  await probe.until(200, "owner");
  const filler = join(disk.path, "filler");
  const { bavail, bsize } = statfsSync(disk.path);
  writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize)));
  await probe.until(503, "disk_full");
  rmSync(filler);
  await probe.until(200, "owner");
});

it("says that Redis is away, until it is back", async () => {
  await using redis = await startRedis();
  await using app = await tempApp({ role: "engine", runtime: { runtime: "bullmq", redis: redis.url } });
  await app.start();
  await using probe = await probed(app);
  await probe.until(200, "owner");
  await redis.kill();
  await probe.until(503, "redis_away");
  await redis.start();
  await probe.until(200, "owner");
});
