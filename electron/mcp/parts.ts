import { TRPCError } from "@trpc/server";
import type { AlmanacApp } from "../api/context.ts";
import { toAppError } from "../api/errors.ts";
import type { createCaller } from "../api/router.ts";
import type { Actor } from "../engine/contract.ts";
import type { Plans } from "./plans.ts";

/** What every tool works with. */
export interface ToolParts {
  app: AlmanacApp;
  /** Who a call is by, in the history. */
  actor(client: string): Actor;
  /** The API as this caller may use it. `client`: what the program on the other side calls itself, for the activity log. */
  api(client: string): ReturnType<typeof createCaller>;
  plans: Plans;
  /** What the program on the other side has called itself before, where its requests do not say it again. */
  client: unknown;
  /** Whose plans are whose. */
  holder: string;
  /** What to say where writing is not allowed. */
  howToAllow: string;
  /** The address of a page, such as `/schedules/nightly`. */
  urlOf(path: string): string;
}

/** An answer: short lines for reading, the same as data, and the page that shows more. */
export interface ToolAnswer {
  [key: string]: unknown;
  content: { type: "text"; text: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}

export function answered(lines: readonly string[], data: Record<string, unknown> & { page: string }): ToolAnswer {
  return {
    content: [{ type: "text", text: [...lines, `Page: ${data.page}`].join("\n") }],
    structuredContent: data,
  };
}

/** What was refused, in words an agent can act on. */
export function refusedAnswer(error: unknown, { howToAllow }: Pick<ToolParts, "howToAllow">): ToolAnswer {
  const { code, message, issues } = toAppError(
    error instanceof TRPCError && error.cause !== undefined ? error.cause : error,
  );
  const fields = issues
    .filter((issue) => !message.includes(issue.message))
    .map(({ path, message: why }) => `${path}: ${why}`);
  const hint = code === "FORBIDDEN" ? [howToAllow] : [];
  return { isError: true, content: [{ type: "text", text: [`${code}: ${message}`, ...fields, ...hint].join("\n") }] };
}

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** At most so many characters, with what was left out said. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} more characters)`;
