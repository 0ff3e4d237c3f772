import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { serviceUnit } from "./service.ts";

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

it("quotes what systemd would read as its own", () => {
  const unit = serviceUnit(["/opt/a $b/almanac", "--", 'say "100%" $HOME \\']);
  expect(unit).toContain(String.raw`ExecStart="/opt/a $b/almanac" "--" "say \"100%%\" $$HOME \\"`);
});

it.skipIf(!hasSystemd)(`systemd takes the unit${hasSystemd ? "" : " (there is no systemd-analyze)"}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "almanac unit %n $x "));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, "almanac");
  writeFileSync(program, "#!/bin/sh\n");
  chmodSync(program, 0o755);
  const file = join(mkdtempSync(join(tmpdir(), "almanac-unit-")), "almanac.service");
  onTestFinished(() => rmSync(join(file, ".."), { recursive: true, force: true }));
  writeFileSync(file, serviceUnit([program, "--data-dir", "/home/me/a 50% $HOME"]));
  execFileSync("systemd-analyze", ["verify", "--user", file], {
    stdio: "pipe",
    env: { ...process.env, XDG_RUNTIME_DIR: folder },
  });
  // It finds a program that is not there, so it has read the line as it was meant.
  writeFileSync(file, serviceUnit([`${program}-gone`]));
  const { stderr } = spawnSync("systemd-analyze", ["verify", "--user", file], {
    encoding: "utf8",
    env: { ...process.env, XDG_RUNTIME_DIR: folder },
  });
  expect(stderr).toContain("almanac-gone");
});
