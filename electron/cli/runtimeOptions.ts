import type { Command } from "commander";
import { type RuntimeKind, runtimeKinds } from "../../shared/api/runtime.ts";
import { invalidField } from "../../shared/domain/errors.ts";
import type { OpenOptions } from "./context.ts";
import { oneOf } from "./values.ts";

export interface RuntimeOptions {
  runtime?: RuntimeKind;
  redis?: string;
}

/** Adds what chooses where runs of this process execute. */
export const withRuntime = (command: Command): Command =>
  command
    .option(
      "--runtime <name>",
      `where runs execute: ${runtimeKinds.join(" or ")} (default: as Settings say)`,
      oneOf(runtimeKinds),
    )
    .option("--redis <url>", "with --runtime bullmq, where Redis is (default: ALMANAC_REDIS_URL, or as Settings say)");

/** What was chosen; nothing where it is left to the settings. */
export function runtimeOf({ runtime, redis }: RuntimeOptions, env: NodeJS.ProcessEnv): Pick<OpenOptions, "runtime"> {
  if (runtime === undefined) {
    if (redis !== undefined) throw invalidField("redis", undefined, "it goes with --runtime bullmq");
    return {};
  }
  const url = redis ?? (env["ALMANAC_REDIS_URL"] || undefined);
  return { runtime: runtime === "bullmq" && url !== undefined ? { runtime, redis: url } : { runtime } };
}

/** Where Redis is: what a person typed, else what the environment says, which `ps` shows to nobody. */
export function redisOf(given: string | undefined, env: NodeJS.ProcessEnv): string {
  const url = given ?? env["ALMANAC_REDIS_URL"];
  if (url === undefined || url === "")
    throw invalidField(
      "redis",
      given,
      "the address of Redis is needed: --redis URL, or ALMANAC_REDIS_URL, such as redis://127.0.0.1:6379",
    );
  return url;
}
