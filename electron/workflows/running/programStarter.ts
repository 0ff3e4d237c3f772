import { constants } from "node:os";
import { type Libc, loadLibc, type Spawning } from "../../runtime/local/tree/libc.ts";
import type { ProgramExit, ProgramStart } from "../sdk/runScope.ts";

/**
 * Starts programs by `posix_spawn`, which lends the new process this one's memory until it has its program. Node's own way
 * copies the page tables instead, and after it each page that is written to is faulted in again: several times as much work
 * as the command line of a short command.
 */
export interface ProgramStarter {
  /** Its id; null where it could not be started. `exited` is called once, when it has ended. */
  start(program: ProgramStart, exited: (exit: ProgramExit) => void): number | null;
  /** Node has started a program itself, and is the one to hear of its end. */
  foreign(child: { once(event: "exit", listener: () => void): unknown }): void;
}

/** `POSIX_SPAWN_SETSIGDEF`, `_SETSIGMASK` and `_SETSID` of spawn.h; `WNOHANG` of wait.h. */
const spawnFlags = 0x04 | 0x08 | 0x80;
const noHang = 1;
/** More than any system's library takes for either of its structures (80 and 336 bytes), and for a set of signals (128). */
const structBytes = 1_024;

const signalNames = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
);

/** Null where it cannot be had. The process must be the only one that waits for what it starts so. */
export async function createProgramStarter(): Promise<ProgramStarter | null> {
  const libc = await loadLibc();
  return libc === null || libc.spawning === null ? null : starterOf(libc, libc.spawning);
}

function starterOf(libc: Libc, spawning: Spawning): ProgramStarter {
  const ours = new Map<number, (exit: ProgramExit) => void>();
  let foreign = 0;
  const attributes = attributesOf(spawning);
  const actions = new Uint8Array(structBytes);
  const pid = new Int32Array(1);
  const status = new Int32Array(1);

  const ended = (which: number): void => {
    const exited = ours.get(which);
    ours.delete(which);
    const by = (status[0] ?? 0) & 0x7f;
    exited?.(by === 0 ? [((status[0] ?? 0) >> 8) & 0xff, null] : [null, signalNames.get(by) ?? "SIGKILL"]);
  };

  const reap = (): void => {
    // What is nobody's any more falls to this process, too. Node's own children it must wait for itself.
    if (foreign === 0) {
      for (let found = libc.waitpid(-1, status, noHang); found > 0; found = libc.waitpid(-1, status, noHang))
        ended(found);
    } else for (const one of [...ours.keys()]) if (libc.waitpid(one, status, noHang) === one) ended(one);
  };
  process.on("SIGCHLD", reap);

  const fill = ({ cwd, stdin, stdout, stderr }: ProgramStart): boolean =>
    (stdin === null
      ? spawning.posix_spawn_file_actions_addopen(actions, 0, "/dev/null", 0, 0)
      : spawning.posix_spawn_file_actions_adddup2(actions, stdin, 0)) === 0 &&
    spawning.posix_spawn_file_actions_adddup2(actions, stdout, 1) === 0 &&
    spawning.posix_spawn_file_actions_adddup2(actions, stderr, 2) === 0 &&
    spawning.posix_spawn_file_actions_addchdir_np(actions, cwd) === 0;

  return {
    start(program, exited) {
      const { file, args, env } = program;
      // The name alone is looked for on this process's PATH, not on the program's.
      if (!file.includes("/") && env["PATH"] !== process.env["PATH"]) return null;
      const texts = [file, ...args, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
      if (texts.some((text) => text.includes("\0"))) return null;
      const argv = [...texts.slice(0, args.length + 1), null];
      const envp = [...texts.slice(args.length + 1), null];
      if (spawning.posix_spawn_file_actions_init(actions) !== 0) return null;
      try {
        if (!fill(program)) return null;
        if (spawning.posix_spawnp(pid, file, actions, attributes, argv, envp) !== 0) return null;
      } finally {
        spawning.posix_spawn_file_actions_destroy(actions);
      }
      const started = pid[0] ?? 0;
      ours.set(started, exited);
      return started;
    },
    foreign(child) {
      foreign++;
      child.once("exit", () => {
        foreign--;
        reap();
      });
    },
  };
}

/** A session of its own, and all signals as a program expects them, whatever this process makes of them. */
function attributesOf(spawning: Spawning): Uint8Array {
  const attributes = new Uint8Array(structBytes);
  spawning.posix_spawnattr_init(attributes);
  spawning.posix_spawnattr_setflags(attributes, spawnFlags);
  const none = new Uint8Array(structBytes);
  spawning.posix_spawnattr_setsigmask(attributes, none);
  // A bit for each of the 64, those that the system's library keeps to itself included: it would have them ignored.
  const all = new Uint8Array(structBytes).fill(0xff, 0, 8);
  spawning.posix_spawnattr_setsigdefault(attributes, all);
  return attributes;
}
