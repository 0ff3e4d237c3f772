/** One thing wrong with a spec: where it is, what was given, and what would be taken. */
export interface SpecIssue {
  /** Such as `calendar[0].hour`; empty for the spec itself. */
  path: string;
  given: unknown;
  message: string;
}

const MAX_SHOWN = 60;

/** `calendar[0].hour` for a path of keys; a key of any length is cut to a readable one. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = "";
  for (const key of path) {
    const shown = String(key);
    if (typeof key === "number") text += `[${key}]`;
    else text += `${text === "" ? "" : "."}${shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown}`;
  }
  return text;
}

/** A value as it is shown in a message: JSON, cut to a readable length. */
export function showValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string" && value.length > MAX_SHOWN) return `"${value.slice(0, MAX_SHOWN)}…"`;
  if (typeof value === "bigint" || typeof value === "function" || typeof value === "symbol") return typeof value;
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    return "a value that is not JSON";
  }
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** A spec that is refused. `issues` lists every reason found; the message shows the first ones. */
export class SpecError extends Error {
  readonly code = "INVALID_SPEC";
  readonly issues: readonly SpecIssue[];

  constructor(issues: readonly SpecIssue[]) {
    const shown = issues.slice(0, 3).map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message));
    if (issues.length > 3) shown.push(`and ${issues.length - 3} more`);
    super(shown.join("; "));
    this.name = "SpecError";
    this.issues = issues;
  }
}

/** A SpecError of one issue whose message ends with the value that was given. */
export function specError(path: string, given: unknown, taken: string): SpecError {
  return new SpecError([{ path, given, message: `${taken}; given: ${showValue(given)}` }]);
}
