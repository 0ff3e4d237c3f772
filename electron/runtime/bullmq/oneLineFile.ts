import { readFileSync } from "node:fs";
import { invalidField } from "../../../shared/domain/errors.ts";

/** A file of a service manager's or container's secrets is small; anything longer is another file. */
const longestLine = 4_096;

/**
 * What a file holds that a variable of the environment names (a line end is no part of it). Throws INVALID_INPUT at the
 * variable's name for one that cannot be read, is empty or holds more than one line; `what` it should hold is said then.
 */
export function readOneLine(variable: string, path: string, what: string): string {
  const refused = (why: string): Error =>
    invalidField(variable, path, `${why}; a file that holds ${what} alone is expected`);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw refused(`it cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`);
  }
  const line = text.replace(/\r?\n$/, "");
  if (line.trim() === "") throw refused("it is empty");
  if (line.length > longestLine || line.includes("\n")) throw refused("it holds more than one line");
  return line;
}
