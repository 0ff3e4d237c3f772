import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { RunFailure } from "../../running/failures.ts";

/**
 * A path as a person writes it: `~`, `$NAME` and `${NAME}` stand for what they stand for in a shell. One that exists
 * as it is written is meant as it is.
 * @throws RunFailure INVALID_INPUT naming the field, where a variable is not set
 */
export function expandPath(text: string, field: string, env: Readonly<Record<string, string>>): string {
  if (!/[~$]/.test(text) || existsSync(text)) return text;
  const home = env["HOME"] ?? homedir();
  const expanded = text.replace(/\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g, (_, braced, plain) => {
    const name = String(braced ?? plain);
    const value = (Object.hasOwn(env, name) ? env[name] : undefined) ?? (name === "HOME" ? home : undefined);
    if (value !== undefined && value !== "") return value;
    throw new RunFailure(
      "INVALID_INPUT",
      `input.${field}: ${JSON.stringify(text)} uses $${name}, which the command's environment does not have; set it in env, or pass it with passEnvironment`,
    );
  });
  if (expanded === "~" || /^~[/\\]/.test(expanded)) return join(home, expanded.slice(1));
  if (expanded.startsWith("~")) {
    throw new RunFailure(
      "INVALID_INPUT",
      `input.${field}: only one's own home folder is known as "~" (given: ${JSON.stringify(text)}); give the full path`,
    );
  }
  return expanded;
}

/** Whole: what is not is meant from `base` on. */
export function wholePath(path: string, base: string): string {
  return isAbsolute(path) ? path : resolve(base, path);
}
