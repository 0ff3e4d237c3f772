// AppArmor's own parser on the profile that the Debian package brings. It may have to be installed first, so this belongs to
// `npm run soak -- package`. `ALMANAC_APPARMOR_PARSER` names one: the rule that the profile is for came with AppArmor 4.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ensureProgram } from "./machine.ts";
import { root } from "./paths.ts";

const folder = mkdtempSync(join(tmpdir(), "almanac-profile-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isLinux = process.platform === "linux";
if (!isLinux) console.log("AppArmor is Linux's: the test of its profile is left out");
test.skipIf(!isLinux)("the AppArmor profile is one that the parser takes, and with a slip in it is none", () => {
  const parser = process.env["ALMANAC_APPARMOR_PARSER"] ?? ensureProgram("apparmor_parser", "apparmor");
  if (parser === undefined) throw new Error("there is no apparmor_parser, and it cannot be installed");
  const { stdout } = spawnSync(parser, ["--version"], { encoding: "utf8" });
  const major = Number(/version (\d+)/.exec(stdout)?.[1]);
  expect(major).toBeGreaterThan(0);
  const profile = readFileSync(join(root, "packaging/linux/apparmor"), "utf8");
  const known = major < 4 ? profile.replace(/^abi .*$/m, "").replace(/^\s*userns,$/m, "") : profile;
  if (major < 4) console.log(`AppArmor ${major}: parsed without the two lines that are AppArmor 4's`);

  /** As the package does when it is installed: nothing reaches the kernel. */
  const parse = (text: string): { status: number | null; stderr: string } => {
    const file = join(folder, "almanac-desktop");
    writeFileSync(file, text);
    return spawnSync(parser, ["--skip-kernel-load", "--skip-cache", "--debug", file], { encoding: "utf8" });
  };
  const { status, stderr } = parse(known);
  expect([status, stderr]).toEqual([0, expect.not.stringMatching(/error/i)]);
  expect(parse(known.replace("include if exists", "userspaces, include if exists")).status).not.toBe(0);
  // An older parser refuses it whole, on which the package leaves it out.
  expect(parse(profile).status === 0).toBe(major >= 4);
});
