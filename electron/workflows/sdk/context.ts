import { type RunContext, runStorage } from "./runScope.ts";

/**
 * The run that the calling code belongs to.
 * @throws Error outside a run
 */
export function runContext(): RunContext {
  const scope = runStorage.getStore();
  if (scope === undefined) throw new Error("runContext() answers inside a running workflow only");
  return scope.context;
}

/** A stored secret's value; it is hidden from the run's log, result and errors from then on. Rejects where there is none. */
export function secret(name: string): Promise<string> {
  const scope = runStorage.getStore();
  if (scope === undefined) return Promise.reject(new Error("secret() answers inside a running workflow only"));
  return scope.secret(name);
}
