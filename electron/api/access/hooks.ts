import type { z } from "zod";
import type { CreatedHook, createHookSchema, HookInfo } from "../../../shared/api/hooks.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import type { Engine } from "../../engine/contract.ts";
import type { HookRow, HookStore, HookTally } from "../../storage/tables/hooks.ts";
import { createCredential, readCredential, sameHash, tokenPrefix } from "./credentials.ts";

/** A key means the same call for so long. */
export const keyLifeMs = 24 * 3_600_000;
/** What came of calls that started nothing is written so much later, all of them together: whoever calls in a loop writes no more. */
const writtenAfterMs = 2000;
const mostCharacters = 300;

/** What a call came to. `repeated`: its key has started this run before. */
export interface HookCall {
  runId: string;
  repeated: boolean;
}

/** A call that started nothing. */
export type HookRefusal =
  /** With another secret than its own. */
  | { kind: "wrong_secret" }
  /** More often than it may. */
  | { kind: "limited" }
  /** With its secret, and refused. `said`: why. */
  | { kind: "refused"; status: number; said: string };

const nothing = (): HookTally => ({
  started: 0,
  refused: 0,
  limited: 0,
  wrongSecrets: 0,
  wrongSecretAt: null,
  last: null,
});

/** What starts schedules and workflows from outside: each with a secret of its own, which starts that and nothing else. */
export function createHooks(options: {
  store: HookStore;
  engine: Pick<Engine, "write" | "getSchedule" | "triggerSchedule" | "runWorkflow">;
  isWorkflow: (name: string) => boolean;
  now: () => number;
  warn: (message: string) => void;
}) {
  const { store, engine, now } = options;
  const tallies = new Map<string, HookTally>();
  /** Secrets that are good for a test, by the hook's id. */
  const testSecrets = new Map<string, Buffer>();
  let timer: NodeJS.Timeout | null = null;

  const infoOf = (row: HookRow): HookInfo => ({
    hookId: row.id,
    name: row.name,
    scheduleId: row.scheduleId,
    workflowName: row.workflowName,
    takesInput: row.takesInput === 1,
    path: `/hooks/${row.id}`,
    createdAt: new Date(row.createdAt).toISOString(),
    lastUsedAt: row.lastUsedAt === null ? null : new Date(row.lastUsedAt).toISOString(),
    lastStatus: row.lastStatus,
    lastSaid: row.lastSaid,
    lastRunId: row.lastRunId,
    started: row.started,
    refused: row.refused,
    limited: row.limited,
    wrongSecrets: row.wrongSecrets,
    wrongSecretAt: row.wrongSecretAt === null ? null : new Date(row.wrongSecretAt).toISOString(),
  });

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (tallies.size === 0) return;
    try {
      engine.write("access", () => {
        for (const [id, tally] of tallies) store.tally(id, tally);
      });
      tallies.clear();
    } catch (error) {
      // They are told when the disk has room again; calls are answered all the same.
      options.warn(`the calls of hooks could not be noted: ${String(error)}`);
    }
  }

  const noHook = (name: string): AppError => {
    const names = store.all().map((hook) => hook.name);
    const message = `there is no hook "${name}"; there are ${names.join(", ") || "none"}`;
    return new AppError("NOT_FOUND", message, { issues: [{ path: "name", given: name, message }] });
  };

  return {
    list(): HookInfo[] {
      flush();
      return store.all().map(infoOf);
    },
    /** Throws NOT_FOUND. */
    byName(name: string): HookInfo {
      const row = store.all().find((hook) => hook.name === name);
      if (row === undefined) throw noHook(name);
      return infoOf(row);
    },
    /** Throws NOT_FOUND, UNKNOWN_WORKFLOW, ALREADY_EXISTS. */
    create({ name, scheduleId, workflowName, takesInput }: z.output<typeof createHookSchema>): CreatedHook {
      if (scheduleId !== undefined) engine.getSchedule(scheduleId);
      if (workflowName !== undefined && !options.isWorkflow(workflowName)) {
        const message = `there is no workflow ${JSON.stringify(workflowName)}`;
        throw new AppError("UNKNOWN_WORKFLOW", message, {
          issues: [{ path: "workflowName", given: workflowName, message: "a workflow of the list" }],
        });
      }
      const { id, text, secretHash } = createCredential(tokenPrefix);
      engine.write("access", () => {
        if (store.all().some((other) => other.name === name)) {
          throw new AppError(
            "ALREADY_EXISTS",
            `there is a hook "${name}" already: delete it first, or choose another name`,
            {
              issues: [{ path: "name", given: name, message: "a name that no hook has is expected" }],
            },
          );
        }
        store.add({
          id,
          name,
          scheduleId: scheduleId ?? null,
          workflowName: workflowName ?? null,
          takesInput: takesInput === true ? 1 : 0,
          secretHash,
          createdAt: now(),
        });
      });
      return { ...this.byName(name), token: text };
    },
    /** Gives it another secret at the same address; the old one starts nothing any more. */
    rotate(name: string): CreatedHook {
      const { hookId } = this.byName(name);
      const { text, secretHash } = createCredential(tokenPrefix, hookId);
      engine.write("access", () => {
        if (!store.setSecret(name, secretHash)) throw noHook(name);
      });
      return { ...this.byName(name), token: text };
    },
    delete(name: string): void {
      engine.write("access", () => {
        if (!store.remove(name)) throw noHook(name);
      });
    },
    /** A further secret of a hook, for a call that tests it; `done` ends it. */
    testSecret(hookId: string): { token: string; done: () => void } {
      const { text, secretHash } = createCredential(tokenPrefix, hookId);
      testSecrets.set(hookId, secretHash);
      return {
        token: text,
        done: () => {
          if (testSecrets.get(hookId) === secretHash) testSecrets.delete(hookId);
        },
      };
    },
    /** The hook of an address whose secret this is; null for a wrong secret and an unknown address alike. */
    authenticate(id: string, text: unknown): HookRow | null {
      const read = readCredential(text, tokenPrefix);
      const row = store.get(id);
      if (row === undefined) return null;
      const tested = testSecrets.get(id);
      const isRight =
        read !== null &&
        read.id === id &&
        (sameHash(row.secretHash, read.secretHash) || (tested !== undefined && sameHash(tested, read.secretHash)));
      if (isRight) return row;
      this.refused(id, { kind: "wrong_secret" });
      return null;
    },
    /** Notes a call that started nothing, a little later. */
    refused(id: string, refusal: HookRefusal): void {
      const tally = tallies.get(id) ?? nothing();
      tallies.set(id, tally);
      const at = now();
      if (refusal.kind === "wrong_secret") {
        tally.wrongSecrets += 1;
        tally.wrongSecretAt = at;
      } else if (refusal.kind === "limited") {
        tally.limited += 1;
        tally.last = { at, status: 429, said: "too many calls in a minute", runId: null };
      } else {
        tally.refused += 1;
        tally.last = { at, status: refusal.status, said: refusal.said.slice(0, mostCharacters), runId: null };
      }
      timer ??= setTimeout(flush, writtenAfterMs).unref();
    },
    /**
     * Starts what it is for, once for each key. `input`: what was posted. Throws what starting throws: OVERLAP, INVALID_INPUT,
     * CONFLICT where it is deleted.
     */
    call(hook: HookRow, input: unknown, key: string | null): HookCall {
      const given = hook.takesInput === 1 ? input : undefined;
      return engine.write("access", () => {
        store.forgetCalls(hook.id, now() - keyLifeMs);
        const before = key === null ? undefined : store.called(hook.id, key);
        const noted = (status: number, runId: string): void =>
          store.tally(hook.id, {
            ...nothing(),
            started: status === 202 ? 1 : 0,
            last: { at: now(), status, said: null, runId },
          });
        if (before !== undefined) {
          noted(200, before);
          return { runId: before, repeated: true };
        }
        const actor = `hook ${hook.name}` as const;
        const { runId } =
          hook.scheduleId === null
            ? engine.runWorkflow(hook.workflowName ?? "", given, actor, "hook")
            : engine.triggerSchedule(
                { scheduleId: hook.scheduleId, ...(given === undefined ? {} : { input: given as never }) },
                actor,
                "hook",
              );
        if (key !== null) store.addCall(hook.id, key, runId, now());
        noted(202, runId);
        return { runId, repeated: false };
      });
    },
    /** Writes what has not been written yet. */
    close: flush,
  };
}
export type Hooks = ReturnType<typeof createHooks>;
