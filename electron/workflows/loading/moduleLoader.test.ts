import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createModuleLoader, ModuleChanged } from "./moduleLoader.ts";

it("runs nothing of a file that was swapped after it was found unchanged", async () => {
  const folder = mkdtempSync(join(tmpdir(), "almanac-loader-"));
  try {
    const [path, ran] = [join(folder, "a.ts"), join(folder, "ran")];
    writeFileSync(path, "export const text: string = 'looked at';");
    const { hash, files } = await createModuleLoader(async () => ({})).load(path, null);
    // Between the look at the file and its compilation.
    const swapping = createModuleLoader(async () => {
      writeFileSync(path, `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(ran)}, "");`);
      return {};
    });
    await expect(swapping.load(path, { hash, files })).rejects.toThrow(ModuleChanged);
    expect(existsSync(ran)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
