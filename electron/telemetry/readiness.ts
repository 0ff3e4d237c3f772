import type { SystemStatus } from "../../shared/api/system.ts";

/** What a probe is told: a word, and whether the process does what it is there for. */
export interface Readiness {
  state: "owner" | "standby" | "starting" | "stopped" | "disk_full" | "redis_away" | "queue_paused" | "not_firing";
  ready: boolean;
}

/**
 * | state        | when                                                              | ready |
 * | owner        | it fires                                                          | yes   |
 * | standby      | another process fires; this one shows, edits and takes over       | yes   |
 * | starting     | it owns, and what executes runs is being started                  | no    |
 * | disk_full    | nothing can be written, here or at the owner                      | no    |
 * | redis_away   | runs go over Redis, which does not answer                         | no    |
 * | queue_paused | it fires; somebody has paused a queue in Redis, whose runs wait   | yes   |
 * | not_firing   | the owner is silent, the database is gone, nobody owns and it is due | no |
 * | stopped      | it is being ended                                                 | no    |
 */
export function readinessOf({ role, problem, runtime }: Pick<SystemStatus, "role" | "problem" | "runtime">): Readiness {
  if (role === "stopped") return { state: "stopped", ready: false };
  if (problem !== null) return { state: problem.code === "DISK_FULL" ? "disk_full" : "not_firing", ready: false };
  if (role === "client") return { state: "standby", ready: true };
  if (runtime?.state === "starting") return { state: "starting", ready: false };
  if (runtime?.state === "paused") return { state: "queue_paused", ready: true };
  if (runtime?.kind === "bullmq" && runtime.state !== "ready") return { state: "redis_away", ready: false };
  return { state: "owner", ready: true };
}
