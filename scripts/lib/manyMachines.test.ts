import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseDocument } from "yaml";
import { z } from "zod";
import { root } from "./paths.ts";

const page = readFileSync(join(root, "docs/many-machines.md"), "utf8");
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "s").exec(page)?.[1] ?? `no block of ${language}`;
const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

/** What we use of a compose file: no key that compose would not know. */
const service = z.strictObject({
  image: z.string(),
  command: z.array(z.string()),
  working_dir: z.string().optional(),
  environment: z.record(z.string(), z.string()).optional(),
  volumes: z.array(z.string().regex(/^[^:]+:[^:]+(:ro)?$/)),
  depends_on: z.array(z.string()).optional(),
  restart: z.enum(["unless-stopped"]),
  stop_grace_period: z.string().optional(),
});
const compose = z.strictObject({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
});

test("the compose file of the page on many machines is one, and names what it uses", () => {
  const document = parseDocument(block("yaml"), { merge: true });
  expect([...document.errors, ...document.warnings]).toEqual([]);
  const { services, volumes } = compose.parse(document.toJS());
  expect(Object.keys(services)).toEqual(["redis", "scheduler", "worker"]);
  for (const { depends_on = [], volumes: used } of Object.values(services)) {
    for (const other of depends_on) expect(services).toHaveProperty(other);
    for (const volume of used) if (!/^[./]/.test(volume)) expect(volumes).toHaveProperty(volume.split(":")[0] ?? "");
  }
});

const verifies = has("systemd-analyze");
if (!verifies) console.log("there is no systemd-analyze: the unit of the page on many machines is not verified");

test.skipIf(!verifies)("the unit of the page on many machines is one that systemd takes", () => {
  const folder = mkdtempSync(join(tmpdir(), "almanac-unit-"));
  try {
    const unit = join(folder, "almanac-worker.service");
    const verify = (text: string) => {
      writeFileSync(unit, text);
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", unit], { encoding: "utf8" });
      // It also loads the machine's own units, which are not ours to judge.
      return { status, said: stderr.split("\n").filter((line) => line.includes("almanac-worker")) };
    };
    expect(verify(block("ini"))).toEqual({ status: 0, said: [] });
    expect(verify(block("ini").replace("Restart=always", "Restart=sometimes")).said).not.toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
