import { SpecError } from "../../../../shared/schedule/errors.ts";
import { parseCron } from "../../../../shared/schedule/texts/cron.ts";
import { type FieldName, fieldText } from "../../../../shared/schedule/texts/fields.ts";
import { isKnownZone } from "../../../../shared/schedule/zone/zone.ts";
import { readField } from "./fields.ts";

export type CronFieldName = Extract<FieldName, "second" | "minute" | "hour" | "dayOfMonth" | "month" | "dayOfWeek">;

export interface CronToken {
  name: CronFieldName;
  text: string;
  /** What is wrong with it alone; null where it is fine. */
  problem: string | null;
}

export interface CronText {
  /** `CRON_TZ=…` with its space, or empty. */
  prefix: string;
  tokens: readonly CronToken[];
  /** It was `@daily` or the like; editing a field writes the fields out. */
  macro: string | null;
}

const names: readonly CronFieldName[] = ["second", "minute", "hour", "dayOfMonth", "month", "dayOfWeek"];
const macros: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** A cron expression taken apart as it is typed, each field judged by itself; fields that are not there yet are left out. */
export function readCronText(expression: string): CronText {
  const prefix = /^\s*(?:CRON_TZ|TZ)=\S*(?:\s+|$)/.exec(expression)?.[0] ?? "";
  const rest = expression.slice(prefix.length).trim();
  const macro = rest.startsWith("@") ? rest : null;
  const text = macro === null ? rest : (macros[macro.toLowerCase()] ?? "");
  const parts = text === "" ? [] : text.split(/\s+/);
  const fields = parts.length === 6 ? names : names.slice(1);
  const tokens = fields.flatMap((name, index): CronToken[] => {
    const part = parts[index];
    return part === undefined ? [] : [{ name, text: part, problem: problemOf(name, part) }];
  });
  return { prefix, tokens: neverTogether(tokens), macro };
}

/** A piece of the text as it was typed; the pieces make up the whole of it. */
export interface CronPiece {
  text: string;
  /** The field it is, or the zone before them, or a macro; null for space, and for what is too much. */
  of: CronFieldName | "zone" | "macro" | null;
  wrong: boolean;
}

/** A cron expression in pieces, to be drawn as it is typed. */
export function piecesOf(expression: string): CronPiece[] {
  const { prefix, tokens, macro } = readCronText(expression);
  const pieces: CronPiece[] = [];
  if (prefix !== "") {
    const zone = prefix.trim().replace(/^\w+=/, "");
    pieces.push({ text: prefix, of: "zone", wrong: zone !== "" && !isKnownZone(zone) });
  }
  let index = 0;
  for (const text of expression.slice(prefix.length).match(/\s+|\S+/g) ?? []) {
    if (/^\s/.test(text)) pieces.push({ text, of: null, wrong: false });
    else if (macro !== null) pieces.push({ text, of: index++ === 0 ? "macro" : null, wrong: tokens.length === 0 });
    else {
      const token = tokens[index++];
      pieces.push({ text, of: token?.name ?? null, wrong: token === undefined || token.problem !== null });
    }
  }
  return pieces;
}

/** Marks the days and months that each are fine and exist in no year together. */
function neverTogether(tokens: readonly CronToken[]): readonly CronToken[] {
  const [days, months] = ["dayOfMonth", "month"].map((name) => tokens.find((token) => token.name === name));
  if (!days || !months || days.problem !== null || months.problem !== null) return tokens;
  if (problemIn(`0 0 ${days.text} ${months.text} *`) === null) return tokens;
  const problem = (token: CronToken) =>
    token === days ? "Never in these months" : token === months ? "Never with these days" : token.problem;
  return tokens.map((token) => ({ ...token, problem: problem(token) }));
}

/** Why a field is refused, in the words of the matcher. */
function problemOf(name: CronFieldName, text: string): string | null {
  const message = problemIn(names.map((field) => (field === name ? text : field === "second" ? "0" : "*")).join(" "));
  // Beside the field, its name and what was given stand there already.
  const parts =
    message === null ? null : /^the .* field takes (.*), not ".*?" \((.*)\)(?:; it looks like .*)?$/s.exec(message);
  const words = parts === null ? message : `${parts[2]}: takes ${parts[1]}`;
  return words && words.charAt(0).toUpperCase() + words.slice(1);
}

function problemIn(expression: string): string | null {
  try {
    parseCron(expression);
    return null;
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return (error.issues[0]?.message ?? error.message).replace(/; given: .*$/s, "");
  }
}

/** The expression with one field changed. */
export function withToken(expression: string, name: CronFieldName, text: string): string {
  const { prefix, tokens } = readCronText(expression);
  const changed = tokens.map((token) => (token.name === name ? text : token.text));
  return prefix + [...changed, ...beyond(expression, tokens)].join(" ");
}

/** What stands behind the last field: too much for cron, and still the user's. */
function beyond(expression: string, tokens: readonly CronToken[]): readonly string[] {
  const { prefix, macro } = readCronText(expression);
  return macro === null ? expression.slice(prefix.length).trim().split(/\s+/).slice(tokens.length) : [];
}

/** The expression with a seconds field before the others, or without it. */
export function withSeconds(expression: string, seconds: boolean): string {
  const { prefix, tokens } = readCronText(expression);
  const rest = tokens.filter((token) => token.name !== "second").map((token) => token.text);
  return prefix + [...(seconds ? ["0"] : []), ...rest, ...beyond(expression, tokens)].join(" ");
}

/** Numbers of a field as cron writes them, every one of them as `*`. */
export function tokenOf(name: CronFieldName, numbers: readonly number[]): string {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  return sorted.length === 0 ? "*" : fieldText(name, sorted);
}

/** What a token turns on: its numbers, the last day of the month, and which week of the month its weekdays are in. */
export interface CronSelection {
  numbers: readonly number[];
  lastDay: boolean;
  /** 1–5, -1 for the last, null for every week. */
  week: number | null;
  /** It does not restrict: nothing is chosen and everything matches. */
  any: boolean;
}

/** Reads a token for toggles; null where only its text can be edited. */
export function readToken(name: CronFieldName, text: string): CronSelection | null {
  const any = text === "*";
  if (name === "dayOfWeek") {
    const nth = /^(\w+)#([1-5])$/.exec(text);
    const last = /^\w+L(,\w+L)*$/i.test(text);
    const days = nth ? (nth[1] as string) : last ? text.replaceAll(/L(?=,|$)/gi, "") : text;
    const read = readField("dayOfWeek", days);
    return read && { numbers: read.numbers, lastDay: false, week: nth ? Number(nth[2]) : last ? -1 : null, any };
  }
  const read = readField(name, text);
  if (read === null || read.special.some((part) => part !== "L")) return null;
  return { numbers: read.numbers, lastDay: read.special.includes("L"), week: null, any };
}

/** Writes what toggles turn on. Cron has one weekday with a week of the month, or several with the last. */
export function writeToken(name: CronFieldName, selection: CronSelection): string {
  const { numbers, lastDay, week } = selection;
  if (name === "dayOfWeek" && week !== null && numbers.length > 0) {
    return week === -1 ? numbers.map((day) => `${day}L`).join(",") : `${numbers[0]}#${week}`;
  }
  if (!lastDay) return tokenOf(name, numbers);
  return numbers.length === 0 ? "L" : `${tokenOf(name, numbers)},L`;
}
