import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A disk of 4 MiB, or null where it cannot be mounted. */
export function smallDisk(): { path: string; [Symbol.dispose](): void } | null {
  const path = mkdtempSync(join(tmpdir(), "almanac-disk-"));
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", path]).status !== 0) {
    rmSync(path, { recursive: true });
    return null;
  }
  return {
    path,
    [Symbol.dispose]() {
      spawnSync("umount", ["-l", path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}
