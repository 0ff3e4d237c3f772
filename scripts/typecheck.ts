// Checks every layer with its own tsconfig, so that each can name only what it may.
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib/paths.ts";

const projects = [
  "tsconfig.json",
  ...globSync("{*,*/*}/tsconfig*.json", { cwd: root, exclude: ["node_modules"] }).sort(),
];
const seen = join(root, "node_modules/.cache/typecheck");
const failed: string[] = [];

const check = (project: string): Promise<void> =>
  new Promise((done) => {
    const tsc = spawn(
      "tsc",
      [
        ...["-p", join(root, project), "--noEmit", "--pretty", String(process.stdout.isTTY === true)],
        // Only what changed since is checked again.
        ...["--incremental", "--tsBuildInfoFile", join(seen, `${project.replaceAll(/[^a-z]+/g, "-")}.tsbuildinfo`)],
      ],
      {
        stdio: ["ignore", "pipe", "inherit"],
        shell: process.platform === "win32",
      },
    );
    let output = "";
    tsc.stdout.on("data", (chunk) => (output += String(chunk)));
    tsc.on("close", (code) => {
      // A layer without a file yet has nothing to check.
      if (code !== 0 && !output.includes("TS18003")) {
        failed.push(project);
        process.stdout.write(`${project}\n${output}`);
      }
      done();
    });
  });

for (let at = 0; at < projects.length; at += 2) await Promise.all(projects.slice(at, at + 2).map(check));
console.log(failed.length === 0 ? `${projects.length} layers checked` : `type errors in ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
