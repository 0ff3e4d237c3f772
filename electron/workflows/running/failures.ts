import type { RunError, RunErrorCode } from "../../../shared/domain/run.ts";
import { inertText } from "../../runtime/local/output/outputText.ts";
import { originalPlaces } from "./stackPlaces.ts";

/** A failure whose code says more than "the workflow threw". `retryable`: whether the same again may go better. */
export class RunFailure extends Error {
  readonly code: RunErrorCode;
  readonly details: Record<string, unknown> | undefined;
  readonly retryable: boolean;

  constructor(
    code: RunErrorCode,
    message: string,
    options: { details?: Record<string, unknown>; retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = code.toLowerCase().replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
    this.code = code;
    this.details = options.details;
    this.retryable = options.retryable ?? false;
  }
}

/** Thrown where a run finds that there is nothing to do. */
export class RunSkipped extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "RunSkipped";
  }
}

const maxMessage = 8_000;
const maxStack = 16_000;

/** An error record of anything that can be thrown: no property of it is trusted to exist, to be text, or to return. */
export function describeThrown(thrown: unknown, hide: (text: string) => string = (text) => text): RunError {
  const failure = thrown instanceof RunFailure ? thrown : null;
  const read = (key: string): unknown => {
    try {
      return typeof thrown === "object" && thrown !== null ? (thrown as Record<string, unknown>)[key] : undefined;
    } catch {
      return undefined;
    }
  };
  const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
  const isError = typeof thrown === "object" && thrown !== null && text(read("message")) !== undefined;
  const message = isError ? text(read("message")) : undefined;
  const compiled = isError || thrown instanceof Error ? text(read("stack")) : undefined;
  const stack = compiled === undefined ? undefined : originalPlaces(compiled);
  const causes = describeCauses(read("cause"));
  return {
    code: failure?.code ?? "WORKFLOW_ERROR",
    name: cut(hide(text(read("name")) ?? "Error"), 200),
    message: cut(hide(message ?? shownValue(thrown)) + hide(causes), maxMessage),
    ...(stack === undefined || failure !== null ? {} : { stack: cut(hide(stack), maxStack) }),
    ...(failure?.details === undefined ? {} : { details: hideIn(failure.details, hide) }),
  };
}

function hideIn(details: Record<string, unknown>, hide: (text: string) => string): Record<string, unknown> {
  const text = JSON.stringify(details);
  return JSON.parse(text, (_key, value: unknown) => (typeof value === "string" ? hide(value) : value)) as Record<
    string,
    unknown
  >;
}

function describeCauses(cause: unknown): string {
  let text = "";
  let at = cause;
  for (let depth = 0; depth < 5 && at instanceof Error; depth++) {
    try {
      text += `\ncaused by ${at.name}: ${at.message}`;
      at = at.cause;
    } catch {
      break;
    }
  }
  return text;
}

function shownValue(value: unknown): string {
  if (value instanceof Error) return value.name;
  if (typeof value === "string") return value === "" ? "an empty text was thrown" : value;
  try {
    const json = JSON.stringify(value);
    if (json !== undefined) return `${json} was thrown`;
  } catch {
    // A cycle, a BigInt, a getter that throws.
  }
  try {
    return `${typeof value === "object" ? Object.prototype.toString.call(value) : String(value)} was thrown`;
  } catch {
    return `a value of type ${typeof value} was thrown`;
  }
}

function cut(text: string, max: number): string {
  return inertText(text.length <= max ? text : `${text.slice(0, max)}… (${text.length} characters)`);
}
