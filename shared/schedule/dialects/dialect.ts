import { SpecError, showValue } from "../errors.ts";
import type { ScheduleSpec } from "../types.ts";

/** Programs whose texts for "when" are read, each by its own grammar. */
export const dialects = [
  "crontab",
  "quartz",
  "spring",
  "aws",
  "kubernetes",
  "github",
  "jenkins",
  "go",
  "openbsd",
  "systemd",
  "rrule",
  "iso8601",
  "words",
] as const;
export type Dialect = (typeof dialects)[number];

/** How each is called where people read it. */
export const dialectNames: Readonly<Record<Dialect, string>> = {
  crontab: "crontab",
  quartz: "Quartz",
  spring: "Spring",
  aws: "AWS",
  kubernetes: "Kubernetes",
  github: "GitHub Actions",
  jenkins: "Jenkins",
  go: "Go",
  openbsd: "OpenBSD's crontab",
  systemd: "systemd",
  rrule: "iCalendar",
  iso8601: "ISO 8601",
  words: "words",
};

/** What a text is read with. */
export interface WhenContext {
  /** IANA name; goes into the spec. Where the text names a zone itself, that is taken. */
  timezone?: string;
  /** The present, epoch ms: what "in 20 minutes" and rules without a beginning count from. */
  now?: number;
}

/** What a reader makes of a text. */
export interface Reading {
  spec: ScheduleSpec;
  /** Whatever could not be carried over, or was guessed. */
  notes: string[];
}

/** Reads a text of its dialect. Throws SpecError where it is none. */
export type Reader = (text: string, context: WhenContext) => Reading;

/** A refusal: what is wrong with which part, and what would be taken. */
export function refuseWhen(given: string, message: string): SpecError {
  return new SpecError([{ path: "", given, message: `${message}; given: ${showValue(given)}` }]);
}

/** The spec with the zone that it is to be read in, where there is one. */
export function inZone(spec: ScheduleSpec, timezone: string | undefined): ScheduleSpec {
  return timezone === undefined ? spec : { ...spec, timezone };
}

const two = (n: number) => String(n).padStart(2, "0");

/** `HH:MM`, or `HH:MM:SS` where there are seconds. */
export function clockText(hour: number, minute: number, second = 0): string {
  return second === 0 ? `${two(hour)}:${two(minute)}` : `${two(hour)}:${two(minute)}:${two(second)}`;
}
