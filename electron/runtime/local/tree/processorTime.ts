import { readFileSync } from "node:fs";

/**
 * How long a process's first thread, in Node that of JavaScript, has been on a processor or has waited for one, ms. Null
 * where the system does not say, or the process is gone. Linux only.
 */
export function processorDemandMs(pid: number): number | null {
  try {
    const [ran, waited] = readFileSync(`/proc/${pid}/schedstat`, "latin1").split(" ");
    const ms = (Number(ran) + Number(waited)) / 1e6;
    return Number.isFinite(ms) ? ms : null;
  } catch {
    return null;
  }
}
