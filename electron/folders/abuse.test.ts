import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Finding, findOpenToOthers } from "./ownership.ts";

const trees = process.env["ALMANAC_SOAK"] === "1" ? 20_000 : 60;
const me = process.getuid?.() ?? 0;
/** Only root may give a folder to another user. */
const asRoot = me === 0;
const stranger = 54_321;

let base: string;
const tally: Record<string, number> = {};
const count = (what: string): void => {
  tally[what] = (tally[what] ?? 0) + 1;
};
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "almanac-folders-"));
});
afterAll(() => {
  console.log(JSON.stringify({ folders: tally }));
  rmSync(base, { recursive: true, force: true });
});

it("agrees with a slow reading of the rule on any tree", { timeout: 600_000 }, () => {
  const level = fc.record({
    mode: fc.constantFrom(0o700, 0o755, 0o711, 0o775, 0o777, 0o1777, 0o757),
    owner: asRoot ? fc.constantFrom(0, 0, stranger) : fc.constant(me),
    group: asRoot ? fc.constantFrom(0, 65_533) : fc.constant(process.getgid?.() ?? 0),
  });
  fc.assert(
    fc.property(fc.array(level, { minLength: 1, maxLength: 4 }), (levels) => {
      const root = mkdtempSync(join(base, "t-"));
      const paths = levels.map((_level, i) => join(root, ...levels.slice(0, i + 1).map((_each, j) => `d${j}`)));
      for (const path of paths) mkdirSync(path);
      for (const [i, { mode, owner, group }] of levels.entries()) {
        chownSync(paths[i] ?? "", owner, group);
        chmodSync(paths[i] ?? "", mode);
      }
      const bad = levels.findIndex(({ mode, owner, group }) => {
        const others = (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && group === 65_533);
        return others || (owner !== me && owner !== 0);
      });
      const found: Finding | null = findOpenToOthers(paths.at(-1) ?? "");
      count(bad === -1 ? "taken" : "refused");
      if (asRoot) expect(found?.path ?? null).toBe(bad === -1 ? null : (paths[bad] ?? null));
      rmSync(root, { recursive: true });
    }),
    { numRuns: trees },
  );
});
