import type { IncomingMessage } from "node:http";
import type { AlmanacApp } from "../api/context.ts";
import type { Door } from "./door.ts";

/** What a request is answered with. */
interface FeedAnswer {
  status: number;
  text: string;
  headers?: Record<string, string>;
}

const usualDays = 60;
/** Calendar programs ask often, and of many schedules it is work: an answer is good for so long. */
const keptMs = 60_000;

/** The password of `Authorization: Basic …`: what calendar programs ask a person for. */
function passwordOf(request: IncomingMessage): string | undefined {
  const given = /^Basic ([A-Za-z0-9+/=]{1,600})$/i.exec(request.headers.authorization ?? "")?.[1];
  return given === undefined ? undefined : Buffer.from(given, "base64").toString("utf8").split(":").slice(1).join(":");
}

/**
 * `GET /upcoming.ics`: what fires next, as a calendar to subscribe to. Its token comes as a bearer's, as a password, or, since
 * many calendar programs take nothing but an address, in the address (`?token=`), where one is taken that only reads.
 */
export function createFeed({ app, door, now }: { app: AlmanacApp; door: Door; now: () => number }) {
  let kept: { days: number; at: number; text: Promise<string> } | null = null;

  const upcoming = (days: number): Promise<string> => {
    if (kept === null || kept.days !== days || now() - kept.at > keptMs) {
      const text = app.exchange.ical(undefined, days);
      const made = { days, at: now(), text };
      kept = made;
      text.catch(() => {
        if (kept === made) kept = null;
      });
    }
    return kept.text;
  };

  return async (request: IncomingMessage): Promise<FeedAnswer> => {
    if (request.method !== "GET" && request.method !== "HEAD") return { status: 405, text: "GET or HEAD" };
    const { searchParams } = new URL(request.url ?? "/", "http://localhost");
    const inAddress = searchParams.get("token");
    const entered = door.token(request, inAddress ?? door.bearerOf(request) ?? passwordOf(request));
    if (!("found" in entered)) {
      const wait: Record<string, string> =
        entered.waitMs === undefined ? {} : { "Retry-After": String(Math.ceil(entered.waitMs / 1000)) };
      return {
        status: entered.status,
        text: entered.message,
        headers: { "WWW-Authenticate": 'Basic realm="almanac: any name, and a token as the password"', ...wait },
      };
    }
    const { name, scopes } = entered.found;
    if (!scopes.has("read") && !scopes.has("admin"))
      return { status: 403, text: `the calendar needs the scope "read"; the token "${name}" does not have it` };
    if (inAddress !== null && [...scopes].some((scope) => scope !== "read"))
      return {
        status: 403,
        text: `an address is kept in many places: a token that only reads is accepted there (almanac tokens create NAME --scope read); the token "${name}" may do more`,
      };
    const days = Number(searchParams.get("days") ?? usualDays);
    if (!Number.isInteger(days) || days < 1 || days > 366)
      return { status: 400, text: "days: a whole number from 1 to 366 is expected" };
    const text = await upcoming(days);
    return {
      status: 200,
      text,
      headers: {
        "Content-Type": "text/calendar; charset=utf-8",
        "Content-Disposition": 'inline; filename="upcoming.ics"',
      },
    };
  };
}
export type Feed = ReturnType<typeof createFeed>;
