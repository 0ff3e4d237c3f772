import { hasLists } from "./children.ts";

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
  if (process.platform !== "linux" || !hasLists()) return null;
  try {
    const { default: koffi } = await import("koffi");
    const libc = koffi.load(null);
    const prctl = libc.func("int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)");
    const waitpid = libc.func("int waitpid(int, void *, int)");
    if (prctl(setChildSubreaper, 1, 0, 0, 0) !== 0) return null;
    return { reap: (pid) => waitpid(pid, null, noHang) === pid };
  } catch {
    return null;
  }
}
