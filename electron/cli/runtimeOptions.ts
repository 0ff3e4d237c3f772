import type { Command } from "commander";
import { type RuntimeKind, runtimeKinds } from "../../shared/api/runtime.ts";
import { invalidField } from "../../shared/domain/errors.ts";
import { readOneLine } from "../runtime/bullmq/oneLineFile.ts";
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
    .option(
      "--redis <url>",
      "with --runtime bullmq, where Redis is; no password here (default: ALMANAC_REDIS_URL or what the file holds that ALMANAC_REDIS_URL_FILE names, or as Settings say)",
    );

/** What was chosen; nothing where it is left to the settings. */
export function runtimeOf({ runtime, redis }: RuntimeOptions, env: NodeJS.ProcessEnv): Pick<OpenOptions, "runtime"> {
  if (runtime === undefined) {
    if (redis !== undefined) throw invalidField("redis", undefined, "it goes with --runtime bullmq");
    return {};
  }
  const url = redis ?? (runtime === "bullmq" ? redisOfEnvironment(env) : undefined);
  return { runtime: runtime === "bullmq" && url !== undefined ? { runtime, redis: url } : { runtime } };
}

/**
 * Where Redis is as the environment says, which no other user can see: the address, or the file that holds it. Throws
 * INVALID_INPUT for a file that holds none.
 */
export function redisOfEnvironment(env: NodeJS.ProcessEnv): string | undefined {
  const path = env["ALMANAC_REDIS_URL_FILE"];
  if (env["ALMANAC_REDIS_URL"]) return env["ALMANAC_REDIS_URL"];
  return path ? readOneLine("ALMANAC_REDIS_URL_FILE", path, "the address of Redis") : undefined;
}

/** Where Redis is: what a person typed, else what the environment says. */
export function redisOf(given: string | undefined, env: NodeJS.ProcessEnv): string {
  const url = given ?? redisOfEnvironment(env);
  if (url === undefined || url === "")
    throw invalidField(
      "redis",
      given,
      "the address of Redis is needed: ALMANAC_REDIS_URL, a file that ALMANAC_REDIS_URL_FILE names, or --redis URL, such as redis://127.0.0.1:6379",
    );
  return url;
}

/**
 * A password on a command line is there for every user of the machine to read. Says so once with what to use in its place,
 * and takes it out of what `ps` shows of this process; what has started it (npm, a shell) still shows it.
 */
export async function hidePassword(redis: string | undefined, err: { write(text: string): unknown }): Promise<void> {
  if (redis === undefined) return;
  const { redactRedisUrl } = await import("../runtime/bullmq/redis/address.ts");
  const shown = redactRedisUrl(redis);
  if (shown === redis) return;
  process.title = [process.argv0, ...process.argv.slice(1)].map((word) => word.replace(redis, shown)).join(" ");
  err.write(
    "the password in --redis was there for every user of this machine to read (ps): give the address in ALMANAC_REDIS_URL, or in a file that ALMANAC_REDIS_URL_FILE names\n",
  );
}
