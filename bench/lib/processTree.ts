import { readdirSync, readFileSync } from "node:fs";

/** A process and all that it started, and they, on Linux. */
export function processTree(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(processTree)];
}

/** Time on a processor of all their threads so far, ms; of threads that have ended nothing is known. */
export function processorMs(pids: readonly number[]): number {
  const nanoseconds = pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).map((task) =>
      Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]),
    ),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
}

/** Their proportional set size, MiB: what they share counts once. */
export function proportionalMiB(pids: readonly number[]): number {
  const kiB = pids.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1]));
  return kiB.reduce((sum, each) => sum + each, 0) / 1024;
}
