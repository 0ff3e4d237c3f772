import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../../storage/opening/database.ts";
import { createAccessStore } from "../../storage/tables/access.ts";
import { createAccess } from "./access.ts";
import { readCredential, tokenPrefix } from "./credentials.ts";
import { createGuessLimiter } from "./guesses.ts";
import { sessionIdleMs, sessionMostMs } from "./sessions.ts";

const minute = 60_000;
const place = { origin: "http://127.0.0.1:7390", serverId: "start", address: "127.0.0.1", agent: "Firefox" };

let dir: string;
let database: Database;
let at: number;
let warnings: string[];
let access: ReturnType<typeof createAccess>;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "almanac-access-"));
  database = openDatabase({ dataDir: dir });
  at = Date.UTC(2026, 0, 1);
  warnings = [];
  access = createAccess({
    store: createAccessStore(database.sql),
    write: (work) => database.transaction(work),
    now: () => at,
    warn: (message) => warnings.push(message),
  });
});
afterEach(() => {
  database.close();
  rmSync(dir, { recursive: true, force: true });
});

describe("a session", () => {
  it("ends when it is not used, and in any case after its time", () => {
    const idle = access.sessions.create(null, place);
    const used = access.sessions.create(null, place);
    for (const started = at; at < started + sessionMostMs - minute; ) {
      at = Math.min(at + sessionIdleMs - minute, started + sessionMostMs - minute);
      expect(access.sessions.authenticate(used, place)).not.toBeNull();
    }
    expect(access.sessions.authenticate(idle, place)).toBeNull();
    expect(access.sessions.list(null).length).toBe(1);
    at += minute;
    expect(access.sessions.authenticate(used, place)).toBeNull();
    expect(access.sessions.list(null)).toEqual([]);
  });

  it("holds for one origin and one start of a server, or outlives it", () => {
    const bound = access.sessions.create(null, place);
    const lasting = access.sessions.create(null, { ...place, serverId: null });
    expect(access.sessions.authenticate(bound, { ...place, serverId: "next" })).toBeNull();
    expect(access.sessions.authenticate(bound, { ...place, origin: "http://127.0.0.1:7391" })).toBeNull();
    expect(access.sessions.authenticate(lasting, { ...place, serverId: "next" })).not.toBeNull();
    expect(access.sessions.authenticate(lasting, { ...place, origin: "https://other" })).toBeNull();
    access.sessions.serverStarted(place.origin, "next");
    expect(access.sessions.list(null).length).toBe(1);
  });

  it("may do what its token may now, and ends with it", () => {
    const made = access.tokens.create({
      name: "display",
      scopes: ["read"],
      expiresAt: new Date(at + 10 * minute).toISOString(),
    });
    const token = access.tokens.authenticate(made.token, "127.0.0.1");
    const session = access.sessions.create(token, place);
    expect(access.sessions.authenticate(session, place)).toMatchObject({ tokenName: "display" });
    expect(access.sessions.list(null)[0]?.endsAt).toBe(made.expiresAt);
    at += 10 * minute;
    expect(access.tokens.authenticate(made.token, "127.0.0.1")).toBeNull();
    expect(access.sessions.authenticate(session, place)).toBeNull();
  });

  it("does not end because its use cannot be noted: a full disk signs nobody out", () => {
    const session = access.sessions.create(null, place);
    at += 5 * minute;
    database.sql.pragma("query_only = on");
    expect(access.sessions.authenticate(session, place)).not.toBeNull();
    expect(warnings).toEqual([expect.stringContaining("could not be noted")]);
    database.sql.pragma("query_only = off");
  });

  it("is one of so many: beyond them the one seen longest ago goes", () => {
    const all = Array.from({ length: 120 }, () => {
      at += minute;
      return access.sessions.create(null, place);
    });
    expect(access.sessions.list(null).length).toBe(100);
    expect(access.sessions.authenticate(all[0], place)).toBeNull();
    expect(access.sessions.authenticate(all.at(-1), place)).not.toBeNull();
  });
});

describe("a token", () => {
  it("is noted when and where it was used", () => {
    const { token } = access.tokens.create({ name: "ci", scopes: ["run", "read"] });
    expect(access.tokens.list()[0]).toMatchObject({ scopes: ["read", "run"], lastUsedAt: null, lastUsedFrom: null });
    access.tokens.authenticate(token, "192.0.2.7");
    expect(access.tokens.list()[0]).toMatchObject({
      lastUsedAt: new Date(at).toISOString(),
      lastUsedFrom: "192.0.2.7",
    });
  });

  it("is no other text than its own", () => {
    const { token } = access.tokens.create({ name: "ci", scopes: ["read"] });
    const { token: other } = access.tokens.create({ name: "other", scopes: ["admin"] });
    const [id] = token.split(".");
    const [, secret] = other.split(".");
    for (const wrong of [
      `${id}.${secret}`,
      token.slice(tokenPrefix.length),
      `${token} `,
      token.toUpperCase(),
      "",
      7,
      null,
    ])
      expect(access.tokens.authenticate(wrong, "127.0.0.1")).toBeNull();
    expect(readCredential("x".repeat(100_000))).toBeNull();
  });

  it("cannot be made to have ended already", () => {
    const expiresAt = new Date(at - 1).toISOString();
    expect(() => access.tokens.create({ name: "late", scopes: ["read"], expiresAt })).toThrow("in the future");
    expect(access.tokens.list()).toEqual([]);
  });
});

it("limits wrong ones by address, a whole IPv6 network as one, and forgets them after a minute", () => {
  const guesses = createGuessLimiter(() => at);
  for (let i = 0; i < 10; i++) {
    expect(guesses.waitMs("192.0.2.1")).toBe(0);
    guesses.failed("192.0.2.1");
    guesses.failed(`2001:db8:1:2::${i}`);
  }
  expect(guesses.waitMs("192.0.2.1")).toBe(minute);
  expect(guesses.waitMs("192.0.2.2")).toBe(0);
  expect(guesses.waitMs("2001:db8:1:2:3::1")).toBe(minute);
  expect(guesses.waitMs("2001:db8:1:3::1")).toBe(0);
  at += minute;
  expect(guesses.waitMs("192.0.2.1")).toBe(0);
});

it("remembers the last sign-ins and no more", () => {
  for (let i = 0; i < 600; i++) access.refused(`192.0.2.${i % 250}`, "curl");
  expect(database.sql.prepare("select count(*) from sign_ins").pluck().get()).toBe(500);
  expect(access.signIns(3).map(({ outcome }) => outcome)).toEqual(["refused", "refused", "refused"]);
});
