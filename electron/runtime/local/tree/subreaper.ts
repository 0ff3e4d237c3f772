import { hasLists } from "./children.ts";
import { loadLibc } from "./libc.ts";

/** A process to which what its descendants leave behind falls, rather than to the system's first process. */
export interface Subreaper {
  /** Takes away what is left of a child that has ended and is not Node's own; false where it has not ended. */
  reap(pid: number): boolean;
}

/** `PR_SET_CHILD_SUBREAPER` of linux/prctl.h, `WNOHANG` of wait.h. */
const setChildSubreaper = 36;
const noHang = 1;

/**
 * Makes this process a subreaper: a program that leaves its parent and forgets its environment (`env -i setsid`) still
 * hangs on it. Null where that cannot be had: not on Linux, no lists of children, no foreign functions.
 */
export async function becomeSubreaper(): Promise<Subreaper | null> {
  const libc = hasLists() ? await loadLibc() : null;
  if (libc === null || libc.prctl(setChildSubreaper, 1, 0, 0, 0) !== 0) return null;
  return { reap: (pid) => libc.waitpid(pid, null, noHang) === pid };
}

/** What a run may leave behind on this machine all the same, in a sentence; null where nothing. */
export async function escapeLimit(): Promise<string | null> {
  if (hasLists() && (await loadLibc()) !== null) return null;
  return process.platform === "linux"
    ? "A program that forgets its environment and leaves its session (env -i setsid, twice) outlives its run here: this system lets no process adopt such programs"
    : "A program that leaves its process group outlives its run on this system";
}
