/** What of the system's own library Node does not offer. */
export interface Libc {
  prctl(option: number, ...rest: [number, number, number, number]): number;
  /** `status`: one number, as `WIFEXITED` and the like read it. */
  waitpid(pid: number, status: Int32Array | null, options: number): number;
  pipe2(fds: Int32Array, flags: number): number;
  /** Null where it lacks a part that came later (`posix_spawn_file_actions_addchdir_np`). */
  spawning: Spawning | null;
}

/** The functions of spawn.h, which answer 0 or the number of an error. */
export interface Spawning {
  posix_spawnp(
    pid: Int32Array,
    file: string,
    actions: Uint8Array,
    attributes: Uint8Array,
    argv: readonly (string | null)[],
    envp: readonly (string | null)[],
  ): number;
  posix_spawn_file_actions_init(actions: Uint8Array): number;
  posix_spawn_file_actions_destroy(actions: Uint8Array): number;
  posix_spawn_file_actions_adddup2(actions: Uint8Array, fd: number, as: number): number;
  posix_spawn_file_actions_addopen(actions: Uint8Array, as: number, path: string, flags: number, mode: number): number;
  posix_spawn_file_actions_addchdir_np(actions: Uint8Array, path: string): number;
  posix_spawnattr_init(attributes: Uint8Array): number;
  posix_spawnattr_setflags(attributes: Uint8Array, flags: number): number;
  posix_spawnattr_setsigdefault(attributes: Uint8Array, set: Uint8Array): number;
  posix_spawnattr_setsigmask(attributes: Uint8Array, set: Uint8Array): number;
}

const spawning: Readonly<Record<keyof Spawning, string>> = {
  posix_spawnp: "int posix_spawnp(int *, const char *, void *, void *, const char **, const char **)",
  posix_spawn_file_actions_init: "int posix_spawn_file_actions_init(void *)",
  posix_spawn_file_actions_destroy: "int posix_spawn_file_actions_destroy(void *)",
  posix_spawn_file_actions_adddup2: "int posix_spawn_file_actions_adddup2(void *, int, int)",
  posix_spawn_file_actions_addopen:
    "int posix_spawn_file_actions_addopen(void *, int, const char *, int, unsigned int)",
  posix_spawn_file_actions_addchdir_np: "int posix_spawn_file_actions_addchdir_np(void *, const char *)",
  posix_spawnattr_init: "int posix_spawnattr_init(void *)",
  posix_spawnattr_setflags: "int posix_spawnattr_setflags(void *, short)",
  posix_spawnattr_setsigdefault: "int posix_spawnattr_setsigdefault(void *, void *)",
  posix_spawnattr_setsigmask: "int posix_spawnattr_setsigmask(void *, void *)",
};

let loaded: Promise<Libc | null> | null = null;

/** Null where it cannot be had: not on Linux, or without foreign functions. */
export function loadLibc(): Promise<Libc | null> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Libc | null> {
  if (process.platform !== "linux") return null;
  try {
    const { default: koffi } = await import("koffi");
    const libc = koffi.load(null);
    const all = (prototypes: Readonly<Record<string, string>>): unknown =>
      Object.fromEntries(Object.entries(prototypes).map(([name, prototype]) => [name, libc.func(prototype)]));
    let found: Spawning | null = null;
    try {
      found = all(spawning) as Spawning;
    } catch {
      // An older system library: programs are started by Node.
    }
    return {
      prctl: libc.func("int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)"),
      waitpid: libc.func("int waitpid(int, void *, int)"),
      pipe2: libc.func("int pipe2(_Out_ int *, int)"),
      spawning: found,
    };
  } catch {
    return null;
  }
}
