import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { listProcesses, markedProcesses, markVariable } from "./processTree.ts";

const linux = process.platform === "linux";
if (!linux) console.log("environments of processes can be read on Linux alone: those tests are left out");

describe.skipIf(!linux)("marks", () => {
  test("are found also where a process was looked at before it had become the program that carries one", async () => {
    // As each runner does: forked from a process without a mark, it has its parent's environment at first.
    const child = spawn("sh", ["-c", `echo 1; read go; ${markVariable}=late exec sh -c 'echo 2; read end'`], {
      stdio: ["pipe", "pipe", "ignore"],
      env: { PATH: process.env["PATH"] },
    });
    try {
      await once(child.stdout, "data");
      expect(markedProcesses((mark) => mark === "late")).toEqual([]);
      child.stdin.write("\n");
      await once(child.stdout, "data");
      expect(markedProcesses((mark) => mark === "late")).toEqual([child.pid]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("are not looked for in the kernel's own threads", () => {
    const listed = listProcesses().map(({ pid }) => pid);
    expect(listed).toContain(process.pid);
    if (existsSync("/proc/2/comm") && readFileSync("/proc/2/comm", "latin1") === "kthreadd\n") {
      expect(listed).not.toContain(2);
    }
  });
});
