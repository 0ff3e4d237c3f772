import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { build } from "vite";

const types: Record<string, string> = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html" };

/** Builds and serves the page of `bench/bare`, which the pages are measured beside. */
export async function serveBarePage(rowCount: number): Promise<{ url: string; close: () => Promise<void> }> {
  const outDir = mkdtempSync(join(tmpdir(), "almanac-bench-bare-"));
  await build({
    configFile: false,
    root: join(process.cwd(), "bench/bare"),
    logLevel: "error",
    build: { outDir, emptyOutDir: true, reportCompressedSize: false, target: "chrome130" },
  });
  const rows = JSON.stringify(
    Array.from({ length: rowCount }, (_, i) => ({
      name: `Nightly job ${i}`,
      words: "At 09:00 every day",
      at: "in 4 min",
    })),
  );
  const month = JSON.stringify(
    Array.from({ length: 42 }, (_, i) => ({
      date: String(i + 1),
      counts: [4, 136, 22],
      lines: ["02:00 Backup", "03:00 Report", "24 × Sync"],
    })),
  );
  const server = createServer(({ url = "/" }, response) => {
    const path = new URL(url, "http://localhost").pathname;
    if (path === "/rows" || path === "/month") {
      response.setHeader("content-type", "application/json").end(path === "/rows" ? rows : month);
      return;
    }
    const file = path.startsWith("/assets/") ? path : "/index.html";
    response.setHeader("content-type", types[extname(file)] ?? "text/plain").end(readFileSync(join(outDir, file)));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}
