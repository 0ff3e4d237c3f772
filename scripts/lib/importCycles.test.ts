import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { root } from "./paths.ts";

const biome = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");

it("refuses files that import each other, also where only a type is imported", async () => {
  // Inside the checkout, where its rules hold.
  const folder = mkdtempSync(join(root, "scripts", "lib", "circle-"));
  try {
    writeFileSync(join(folder, "one.ts"), `import type { Two } from "./two.ts";\n\nexport type One = Two | null;\n`);
    writeFileSync(join(folder, "two.ts"), `import type { One } from "./one.ts";\n\nexport type Two = One[];\n`);
    const linted = promisify(execFile)(process.execPath, [biome, "lint", "--colors=off", folder], { cwd: root });
    const failure = await linted.then(
      () => ({ code: 0, stdout: "", stderr: "" }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
    expect(failure.code).toBe(1);
    expect(failure.stdout + failure.stderr).toContain("lint/suspicious/noImportCycles");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
