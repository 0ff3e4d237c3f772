import { spawnSync } from "node:child_process";

/** Whether system calls can be made to fail, or to be a process's last: some systems forbid it. */
export const traceable = spawnSync("strace", ["-f", "-e", "trace=none", "true"]).status === 0;
if (!traceable) console.log("strace does not work here: the tests of system calls that fail are left out");
