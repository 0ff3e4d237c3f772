/**
 * In what kind of quotes a place of a command line stands, as sh reads it. Where nested substitutions mislead it, a
 * value may be split at spaces; it is never read as a command, since the shell expands variables after parsing.
 */
export function quotingAt(command: string, place: number): "none" | "single" | "double" {
  let quoting: "none" | "single" | "double" = "none";
  for (let at = 0; at < place; at++) {
    const char = command[at];
    if (quoting === "single") {
      if (char === "'") quoting = "none";
    } else if (char === "\\") {
      at++;
    } else if (char === '"') {
      quoting = quoting === "double" ? "none" : "double";
    } else if (char === "'" && quoting === "none") {
      quoting = "single";
    }
  }
  return quoting;
}
