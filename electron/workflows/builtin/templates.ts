import { isKnownZone, toLocal } from "../../../shared/schedule/index.ts";
import { isTracing, traceparentOf } from "../../telemetry/traceIds.ts";
import { RunFailure } from "../running/failures.ts";
import { runContext, secret } from "../sdk/context.ts";
import type { RunContext } from "../sdk/runScope.ts";

/** `{{scheduledTime}}`, `{{date}}`, `{{runId}}`, `{{scheduleId}}`, `{{attempt}}`, `{{secret.NAME}}`; anything else in double braces is left as it is. */
const template = /\{\{\s*(?:(scheduledTime|date|runId|scheduleId|attempt)|secret\.([A-Za-z_][A-Za-z0-9_-]*))\s*\}\}/g;

/** A template's place in a text. */
export interface TemplateUse {
  text: string;
  at: number;
  value: string;
  /** The same for every use of one value: `date`, `secret.TOKEN`. */
  key: string;
  /** `date`, or `secret`. */
  name: string;
  secretName: string | null;
}

export async function templatesIn(text: string): Promise<TemplateUse[]> {
  const values = templateValues();
  const uses: TemplateUse[] = [];
  for (const match of text.matchAll(template)) {
    const [whole, name = "secret", secretName = null] = match;
    const value = secretName === null ? (values[name as keyof typeof values] ?? "") : await secret(secretName);
    const key = secretName === null ? name : `secret.${secretName}`;
    uses.push({ text: whole, at: match.index, value, key, name, secretName });
  }
  return uses;
}

/** The text with its templates filled in. */
export async function fillIn(
  text: string,
  shown: (use: TemplateUse) => string = ({ value }) => value,
): Promise<string> {
  let filled = "";
  let from = 0;
  for (const use of await templatesIn(text)) {
    filled += text.slice(from, use.at) + shown(use);
    from = use.at + use.text.length;
  }
  return filled + text.slice(from);
}

/** Arguments: a secret among them would stand in the list of processes, for everyone on the machine to read. */
export async function fillInArguments(texts: readonly string[], field: string): Promise<string[]> {
  return Promise.all(
    texts.map((text, at) =>
      fillIn(text, ({ value, secretName }) => {
        if (secretName === null) return value;
        throw new RunFailure(
          "INVALID_INPUT",
          `input.${field}.${at}: a secret in an argument can be read by everyone on the machine; put {{secret.${secretName}}} into env`,
        );
      }),
    ),
  );
}

export async function fillInValues(record: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const entries = Object.entries(record).map(async ([key, text]) => [key, await fillIn(text)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** A run started by hand is for the moment in which it starts. */
export function templateValues(): Record<"scheduledTime" | "date" | "runId" | "scheduleId" | "attempt", string> {
  const context = runContext();
  const scheduledTime = context.scheduledTime ?? startOf(context);
  return {
    scheduledTime,
    date: localDate(context.timezone, scheduledTime),
    runId: context.runId,
    scheduleId: context.scheduleId ?? "",
    attempt: String(context.attempt),
  };
}

function localDate(timezone: string, instant: string): string {
  // A zone that this machine does not know fires nothing, but may still be run by hand.
  if (!isKnownZone(timezone)) return instant.slice(0, 10);
  const { year, month, day } = toLocal(timezone, Date.parse(instant));
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

const starts = new WeakMap<RunContext, string>();
/** One moment for all templates of a run. */
function startOf(context: RunContext): string {
  const at = starts.get(context) ?? new Date().toISOString();
  starts.set(context, at);
  return at;
}

/** What every program that a built-in workflow starts is told of its run. */
export function runEnvironment(): Record<string, string> {
  const values = templateValues();
  return {
    ALMANAC_SCHEDULED_TIME: values.scheduledTime,
    ALMANAC_RUN_ID: values.runId,
    ALMANAC_SCHEDULE_ID: values.scheduleId,
    ALMANAC_ATTEMPT: values.attempt,
    // Where spans are sent, what a command sends belongs to its run.
    ...(isTracing(process.env) ? { TRACEPARENT: traceparentOf(values.runId, Number(values.attempt)) } : {}),
  };
}
