import { descendantsOf, ownChildren } from "./children.ts";
import {
  isRunning,
  leftVariable,
  listProcessesInTurns,
  markOf,
  markVariable,
  signal,
  statFields,
  treeOf,
} from "./processTree.ts";
import type { Subreaper } from "./subreaper.ts";

/**
 * The programs of many runs that one process hosts. A program is the leader of a group of its own; what it starts is found
 * below it, and below this process once its parent has gone:
 *
 *   it carries the run's mark, is in the program's group or session   the run's
 *   none of these (`env -i setsid`)                                   of one of the runs that had programs when it was first
 *                                                                     seen: ended with the last of them
 *
 * Without a subreaper it is found by its mark alone, in a look at every process.
 */
export interface HostedTrees {
  /** `leave`: what is left at its end goes on. */
  open(mark: string, leave: boolean): RunTree;
}

/** The programs of one run. */
export interface RunTree {
  /** What a program of it finds in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** A program was started; it leads a group of its own. */
  started(pid: number): void;
  /** Its parent, this process, has heard of its end. */
  exited(pid: number): void;
  /** Everything that runs for it now. */
  pids(): number[];
  signal(name: NodeJS.Signals): void;
  /** Ends by force what is left; how many that were. `all`: also what it may leave running. */
  end(all: boolean): Promise<number>;
}

interface Tree {
  mark: string;
  leave: boolean;
  /** Of programs, by the id of their leaders. */
  groups: Set<number>;
}

interface Adopted {
  startTime: number;
  candidates: Set<Tree>;
}

const mostLooks = 50;

export function createHostedTrees(subreaper: Subreaper | null): HostedTrees {
  const open = new Set<Tree>();
  /** Programs whose end this process is still to hear of. */
  const leaders = new Map<number, Tree>();
  /** What has fallen to this process. */
  const adopted = new Map<number, Adopted>();

  const ownersOf = (pid: number, fields: readonly string[]): Set<Tree> => {
    const mark = markOf(pid);
    const [, , group, session] = fields.map(Number);
    const found: Tree[] = [];
    for (const tree of open) {
      if (tree.mark === mark || tree.groups.has(group ?? 0) || tree.groups.has(session ?? 0)) found.push(tree);
    }
    if (found.length > 0) return new Set(found);
    // A mark of a run that is over: nobody's.
    return new Set(mark === null ? [...open].filter(({ groups }) => groups.size > 0) : []);
  };

  /** Takes in what has fallen to this process since the last look. */
  const adopt = (): void => {
    const children = ownChildren();
    for (const pid of children) {
      if (leaders.has(pid)) continue;
      const fields = statFields(pid);
      if (fields === null || fields[0] === "Z") {
        subreaper?.reap(pid);
        adopted.delete(pid);
        continue;
      }
      const startTime = Number(fields[19]);
      if (adopted.get(pid)?.startTime !== startTime) {
        adopted.set(pid, { startTime, candidates: ownersOf(pid, fields) });
      }
    }
    if (adopted.size === 0) return;
    const living = new Set(children);
    for (const pid of adopted.keys()) if (!living.has(pid)) adopted.delete(pid);
  };

  const pidsOf = (tree: Tree): number[] => {
    const roots = [...tree.groups].filter((pid) => leaders.get(pid) === tree);
    for (const [pid, { candidates }] of adopted) if (candidates.size === 1 && candidates.has(tree)) roots.push(pid);
    return [...roots, ...descendantsOf(roots)].filter(isRunning);
  };

  const endBySubreaper = (tree: Tree): number => {
    const ended = new Set<number>();
    for (let look = 0, empty = 0; look < mostLooks && empty < 2; look++) {
      adopt();
      const living = pidsOf(tree);
      empty = living.length === 0 ? empty + 1 : 0;
      for (const pid of living) if (signal(pid, "SIGKILL")) ended.add(pid);
    }
    return ended.size;
  };

  const endByMark = async (tree: Tree): Promise<number> => {
    const ended = new Set<number>();
    for (let look = 0; look < mostLooks; look++) {
      const found = treeOf(undefined, tree.mark, await listProcessesInTurns()).filter((pid) => signal(pid, "SIGKILL"));
      for (const pid of found) ended.add(pid);
      if (found.length === 0) break;
    }
    return ended.size;
  };

  const close = (tree: Tree): void => {
    open.delete(tree);
    for (const [pid, one] of adopted) {
      if (!one.candidates.delete(tree) || one.candidates.size > 0 || tree.leave) continue;
      for (const found of [pid, ...descendantsOf([pid])]) signal(found, "SIGKILL");
    }
  };

  return {
    open(mark, leave) {
      const tree: Tree = { mark, leave, groups: new Set() };
      open.add(tree);
      return {
        environment: { [leave ? leftVariable : markVariable]: mark },
        started(pid) {
          tree.groups.add(pid);
          leaders.set(pid, tree);
        },
        exited: (pid) => void leaders.delete(pid),
        pids() {
          if (subreaper !== null) adopt();
          return pidsOf(tree);
        },
        signal(name) {
          for (const pid of tree.groups) signal(-pid, name);
          if (subreaper !== null) adopt();
          for (const pid of pidsOf(tree)) signal(pid, name);
        },
        async end(all) {
          if (tree.groups.size === 0) {
            close(tree);
            return 0;
          }
          if (tree.leave && !all) {
            if (subreaper !== null) adopt();
            close(tree);
            return 0;
          }
          const ended = subreaper === null ? await endByMark(tree) : endBySubreaper(tree);
          for (const pid of tree.groups) signal(-pid, "SIGKILL");
          close(tree);
          return ended;
        },
      };
    },
  };
}
