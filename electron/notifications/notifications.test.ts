import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { SetRuleInput } from "../../shared/api/notifications.ts";
import { type Delivery, desktopAnswers } from "../../shared/domain/notifications.ts";
import { createHarness, type Harness } from "../engine/testing/harness.ts";
import { createNotifications, type Notifications } from "./notifications.ts";
import { afterFailure, retryAfterMs } from "./sending/outbox.ts";
import { mailServer, webhookServer } from "./testing/servers.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

/** An engine with its notifications, also after its program has ended and started again. */
async function notified(options: Parameters<typeof createHarness>[0] & { sends?: boolean } = {}) {
  const kept = new Map<string, string>();
  const secrets = {
    get: (name: string) => kept.get(name) ?? null,
    set: (name: string, value: string) => void kept.set(name, value),
    delete: (name: string) => void kept.delete(name),
  };
  const errors: unknown[] = [];
  let current: Notifications | undefined;
  let stop: (() => Promise<void>) | undefined;
  const harness = await createHarness({
    ...options,
    whenOpened(engine, { sql }, clock) {
      void stop?.();
      const report = (error: unknown) => void errors.push(error);
      current = createNotifications({ sql, engine, clock, secrets, zone: "UTC", report });
      if (options.sends !== false) stop = current.start();
    },
  });
  return {
    harness,
    kept,
    errors,
    notifications: () => current as Notifications,
    async [Symbol.asyncDispose]() {
      await stop?.();
      await harness[Symbol.asyncDispose]();
      expect(errors).toEqual([]);
    },
  };
}

const webhook = (name: string, url: string, template = "{{title}}|{{body}}|{{url}}") => ({
  name,
  config: { kind: "webhook" as const, service: "custom" as const, template, contentType: "text/plain" },
  secret: { url },
});

function withRule(notifications: Notifications, url: string, rule: Partial<SetRuleInput> = {}): void {
  notifications.deleteRule("desktop");
  notifications.setChannel(webhook("hook", url));
  notifications.setRule({ name: "ops", channels: ["hook"], ...rule });
}

/** What is due is made up and sent, and its outcome written. */
async function sent(harness: Harness, ms = 3000): Promise<void> {
  harness.clock.advance(ms);
  const pending = () => {
    harness.clock.settle();
    const now = harness.clock.now();
    return harness.database.sql
      .prepare("select count(*) from notification_deliveries where status = 'pending' and next_attempt_at <= ?")
      .pluck()
      .get(now);
  };
  await vi.waitFor(() => expect(pending()).toBe(0), { interval: 5, timeout: 20_000 });
}
const titles = (posted: { body: string }[]): (string | undefined)[] => posted.map(({ body }) => body.split("|")[0]);
/** A schedule whose one run fails. */
const once = (harness: Harness, id: string): void =>
  harness.schedule(id, { interval: [{ every: "1m" }] }, { failing: "all" }, { maxRuns: 1 });
const statuses = (deliveries: Delivery[]) =>
  deliveries.map(({ status, attempts, answer }) => [status, attempts, answer]);

test("fifty failures in a row are one webhook and one mail, and the success after them one of each", async () => {
  await using web = await webhookServer();
  await using mail = await mailServer({ user: "almanac", password: "hunter2hunter2" });
  await using almanac = await notified();
  const { harness, kept } = almanac;
  const notifications = almanac.notifications();
  withRule(notifications, `${web.url}/in/s3cret-path`);
  notifications.setChannel({
    name: "mail",
    config: {
      kind: "email",
      host: "127.0.0.1",
      port: mail.port,
      security: "none",
      user: "almanac",
      from: "Almanac <almanac@example.com>",
      to: ["ops@example.com"],
    },
    secret: { password: "hunter2hunter2" },
  });
  notifications.setRule({ name: "ops", channels: ["hook", "mail"], failuresInARow: 3 });
  harness.schedule("nightly", { interval: [{ every: "5s" }] }, { failing: "all" });
  await sent(harness, 247_000);
  expect(harness.runs("nightly").filter(({ status }) => status === "failed")).toHaveLength(50);
  expect(titles(web.posted)).toEqual(["✕ nightly failed 3 times in a row"]);
  expect(web.posted[0]?.body.split("|")[2]).toMatch(/^almanac:\/\/runs\/.+/);
  expect(mail.mails).toHaveLength(1);
  expect(mail.mails[0]?.to).toEqual(["ops@example.com"]);

  harness.engine.setSetting("notifications.baseUrl", "https://almanac.example.com/");
  harness.engine.updateSchedule({ scheduleId: "nightly", input: {} }, "user");
  await sent(harness, 30_000);
  expect(titles(web.posted).slice(1)).toEqual(["✓ nightly works again"]);
  expect(web.posted[1]?.body.split("|")[2]).toMatch(/^https:\/\/almanac\.example\.com\/runs\//);
  expect(mail.mails).toHaveLength(2);

  // What is secret is in the secret store alone.
  expect([...kept.keys()].sort()).toEqual(["notification hook", "notification mail"]);
  harness.database.sql.pragma("wal_checkpoint(TRUNCATE)");
  const file = readFileSync(harness.database.path, "latin1");
  expect(file).not.toContain("s3cret-path");
  expect(file).not.toContain("hunter2hunter2");
  expect(JSON.stringify(notifications.channels())).not.toMatch(/s3cret-path|hunter2hunter2/);
});

test("what was recorded before the program was killed is sent by the next one", async () => {
  await using web = await webhookServer();
  await using almanac = await notified();
  const { harness } = almanac;
  withRule(almanac.notifications(), web.url);
  harness.schedule("a", { interval: [{ every: "1m" }] }, { failing: "all" });
  // The first one comes at once.
  harness.clock.advance(1000);
  expect(harness.runs("a")[0]?.status).toBe("failed");
  expect(web.posted).toHaveLength(0);
  await harness.off(1000, { crash: true });
  await sent(harness);
  expect(titles(web.posted)).toEqual(["✕ a failed"]);
});

test("a process that does not fire sends nothing", async () => {
  await using web = await webhookServer();
  await using almanac = await notified({ sends: false });
  const { harness } = almanac;
  withRule(almanac.notifications(), web.url);
  harness.schedule("a", { interval: [{ every: "1m" }] }, { failing: "all" });
  const { engine, database } = await harness.second();
  const report = (error: unknown) => expect.fail(String(error));
  const secrets = { get: () => null, set: () => {}, delete: () => {} };
  const stop = createNotifications({
    sql: database.sql,
    engine,
    clock: harness.clock,
    secrets,
    zone: "UTC",
    report,
  }).start();
  harness.clock.advance(2 * MINUTE);
  expect(harness.database.sql.prepare("select count(*) from notices").pluck().get()).toBe(1);
  expect(web.posted).toEqual([]);
  await stop();
});

test("an answer that may change is asked for again, later and later, for a day; a refusal is final until somebody asks", async () => {
  await using web = await webhookServer();
  await using almanac = await notified();
  const { harness } = almanac;
  const notifications = almanac.notifications();
  withRule(notifications, web.url);
  once(harness, "a");
  web.answer.status = 503;
  web.answer.text = "try later";
  await sent(harness, MINUTE + 3000);
  const list = () => notifications.deliveries({ limit: 10 });
  expect(statuses(list())).toEqual([["pending", 1, "503 Service Unavailable: try later"]]);
  web.answer.status = 200;
  web.answer.text = "ok";
  await sent(harness, 10_100);
  expect(statuses(list())).toEqual([["sent", 2, "200 OK: ok"]]);

  web.answer.status = 404;
  once(harness, "b");
  await sent(harness, MINUTE + 3000);
  expect(statuses(list())[0]).toEqual(["failed", 1, "404 Not Found: ok"]);
  web.answer.status = 200;
  const [failed] = list();
  notifications.retry(failed?.deliveryId ?? 0);
  await sent(harness);
  expect(statuses(list())[0]).toEqual(["sent", 2, "200 OK: ok"]);
  expect(() => notifications.retry(failed?.deliveryId ?? 0)).toThrow("no message");
});

test("a message that never gets through is tried some thirty times, and given up after a day", () => {
  let [at, attempts] = [0, 0];
  for (let next: number | null = 0; next !== null; attempts += 1) {
    at = next;
    next = afterFailure({ id: 1, attempts, createdAt: 0 }, new Error("no route"), at).nextAttemptAt;
  }
  expect(attempts).toBeGreaterThan(25);
  expect(attempts).toBeLessThan(40);
  expect(at).toBeLessThanOrEqual(DAY);
  expect(at).toBeGreaterThan(DAY - 2 * 3_600_000);
});

test("waits double up to an hour, and what the other side asks for is kept to", () => {
  expect([1, 2, 3, 9, 10, 500].map((attempts) => retryAfterMs(attempts, null))).toEqual([
    10_000, 20_000, 40_000, 2_560_000, 3_600_000, 3_600_000,
  ]);
  expect(retryAfterMs(1, 90_000)).toBe(90_000);
  expect(retryAfterMs(3, 1000)).toBe(40_000);
});

test("quiet hours hold what happens until they end, and tell it as one", async () => {
  await using web = await webhookServer();
  await using almanac = await notified();
  const { harness } = almanac;
  const notifications = almanac.notifications();
  // The harness begins at 09:00.
  withRule(notifications, web.url, { quietHours: { from: "08:00", to: "09:03" } });
  for (const id of ["a", "b"]) once(harness, id);
  await sent(harness, 2.5 * MINUTE);
  expect(web.posted).toEqual([]);
  await sent(harness, MINUTE);
  expect(titles(web.posted)).toEqual(["2 things need a look: 2 failed"]);
});

test("what a day has no more room for is told as one on the next", async () => {
  await using web = await webhookServer();
  await using almanac = await notified();
  const { harness } = almanac;
  const notifications = almanac.notifications();
  withRule(notifications, web.url, { dailyCap: 2, events: ["failed"] });
  for (const id of ["a", "b", "c", "d"]) {
    once(harness, id);
    await sent(harness, MINUTE + 3000);
  }
  expect(titles(web.posted)).toEqual(["✕ a failed", "✕ b failed"]);
  harness.clock.shiftWall(DAY);
  await sent(harness, 11_000);
  expect(titles(web.posted).slice(2)).toEqual(["2 things need a look: 2 failed"]);
});

test("a downtime that several schedules missed runs in is one message", async () => {
  await using web = await webhookServer();
  await using almanac = await notified();
  const { harness } = almanac;
  withRule(almanac.notifications(), web.url);
  for (const id of ["a", "b", "c"]) harness.schedule(id, { interval: [{ every: "1h" }] });
  await sent(harness, 10 * MINUTE);
  await harness.off(150 * MINUTE);
  await sent(harness, 10_000);
  expect(titles(web.posted)).toEqual(["Closed 09:10–11:40: 6 missed in 3 schedules"]);
});

test("a slow run is told of once, and a wait for room until there is none", async () => {
  await using web = await webhookServer();
  await using almanac = await notified({ size: 1 });
  const { harness } = almanac;
  const notifications = almanac.notifications();
  withRule(notifications, web.url, { events: ["slow", "queued"], queuedAfter: "2m" });
  harness.schedule("slow", { interval: [{ every: "5m" }] }, { ms: 4 * MINUTE }, { slowAfter: "1m" });
  harness.schedule("next", { interval: [{ every: "5m" }] }, { ms: 1000 }, { maxRuns: 1 });
  for (let i = 0; i < 16; i += 1) await sent(harness, MINUTE);
  expect(titles(web.posted).sort()).toEqual(["… A run waits for room", "… slow is slow"]);
});

test("a command gets the message on standard input and in its variables; its failure raises nothing", async () => {
  const dir = mkdtempSync(join(tmpdir(), "almanac-notice-"));
  try {
    await using almanac = await notified();
    const { harness } = almanac;
    const notifications = almanac.notifications();
    const program = join(dir, "told.mjs");
    writeFileSync(
      program,
      `import { readFileSync, appendFileSync } from "node:fs";
       const message = JSON.parse(readFileSync(0, "utf8"));
       appendFileSync(process.argv[2], JSON.stringify([message.title, process.env.ALMANAC_EVENT, process.env.ALMANAC_SCHEDULES, process.argv[3]]) + "\\n");
       console.log("told");
       process.exit(Number(process.argv[4] ?? 0));`,
    );
    const out = join(dir, "out.txt");
    notifications.deleteRule("desktop");
    const command = (...args: string[]) =>
      notifications.setChannel({ name: "told", config: { kind: "command", program: process.execPath, args } });
    command(program, out, "$HOME; rm -rf /");
    notifications.setRule({ name: "ops", channels: ["told"] });
    once(harness, "a");
    await sent(harness, MINUTE + 3000);
    expect(JSON.parse(readFileSync(out, "utf8"))).toEqual(["✕ a failed", "failed", "a", "$HOME; rm -rf /"]);
    expect(statuses(notifications.deliveries({ limit: 5 }))).toEqual([["sent", 1, "exit code 0: told"]]);

    command(program, out, "", "3");
    once(harness, "b");
    await sent(harness, MINUTE + 3000);
    await sent(harness, 30_000);
    const deliveries = notifications.deliveries({ limit: 50 });
    expect(deliveries).toHaveLength(2);
    expect(deliveries[0]?.answer).toBe("exit code 3: told");
    notifications.setChannel({ name: "told", config: { kind: "command", program: join(dir, "nowhere") } });
    expect(await notifications.test("told")).toMatchObject({
      ok: false,
      answer: `${join(dir, "nowhere")} cannot be started: there is no such program`,
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test("a test says at once what the other side answers, or why it cannot be reached, and nothing secret", async () => {
  await using almanac = await notified({ started: false, sends: false });
  const notifications = almanac.notifications();
  const gone = await webhookServer();
  await gone[Symbol.asyncDispose]();
  notifications.setChannel(webhook("gone", `${gone.url}/hidden-path`));
  const answered = await notifications.test("gone");
  expect(answered).toMatchObject({ ok: false, answer: expect.stringContaining("ECONNREFUSED") });
  expect(answered.answer).not.toContain("hidden-path");

  await using web = await webhookServer();
  web.answer.status = 403;
  web.answer.text = "no access to /hidden-path";
  notifications.setChannel(webhook("gone", `${web.url}/hidden-path`));
  expect(await notifications.test("gone")).toMatchObject({ ok: false, answer: "403 Forbidden: no access to •••" });
  expect(titles(web.posted)).toEqual(["Test from Almanac"]);

  await using mail = await mailServer({ user: "almanac", password: "right-password" });
  notifications.setChannel({
    name: "mail",
    config: {
      kind: "email",
      host: "127.0.0.1",
      port: mail.port,
      security: "none",
      user: "almanac",
      from: "a@b.c",
      to: ["a@b.c"],
    },
    secret: { password: "wrong-password" },
  });
  const refused = await notifications.test("mail");
  expect(refused.ok).toBe(false);
  expect(refused.answer).toContain("wrong user or password");
  expect(refused.answer).not.toContain("wrong-password");
  expect(notifications.deliveries({ limit: 5 })).toEqual([]);
});

test("what does not fit is refused with what would: channels, rules, and what is still in use", async () => {
  await using almanac = await notified({ started: false, sends: false });
  const notifications = almanac.notifications();
  const set =
    (config: object, secret = {}) =>
    () =>
      notifications.setChannel({ name: "ops", config: config as never, secret });
  expect(set({ kind: "webhook", service: "slack" })).toThrow("secret.url: the address that the service gives");
  expect(set({ kind: "webhook", service: "slack" }, { url: "file:///etc/passwd" })).toThrow("https://");
  expect(set({ kind: "webhook", service: "telegram", chatId: "1" })).toThrow("secret.token: the token of a bot");
  expect(set({ kind: "webhook", service: "ntfy" }, { url: "https://ntfy.sh/" })).toThrow("with its topic");
  expect(() => notifications.setRule({ name: "r", channels: ["nowhere"] })).toThrow(
    "channels[0]: a channel that there is: desktop",
  );
  expect(() => notifications.setRule({ name: "r", channels: ["desktop"], schedules: ["gone"] })).toThrow(
    "schedules[0]",
  );
  const quietHours = { from: "07:00", to: "07:00" };
  expect(() => notifications.setRule({ name: "r", channels: ["desktop"], quietHours })).toThrow("quietHours");
  expect(() => notifications.deleteChannel("desktop")).toThrow("named by the rule desktop");
  expect(() => notifications.deleteChannel("nowhere")).toThrow('there is no channel "nowhere"; there are desktop');
  expect(() => notifications.deleteRule("nowhere")).toThrow('there is no rule "nowhere"; there are desktop');
});

test("a changed channel keeps what is secret, unless it is another kind", async () => {
  await using almanac = await notified({ started: false, sends: false });
  const { kept } = almanac;
  const notifications = almanac.notifications();
  notifications.setChannel(webhook("ops", "https://example.com/a"));
  const { secret: _, ...unchanged } = webhook("ops", "");
  expect(notifications.setChannel({ ...unchanged, enabled: false })).toMatchObject({ enabled: false, stored: ["url"] });
  notifications.setChannel({ name: "ops", config: { kind: "desktop" } });
  expect([...kept.keys()]).toEqual([]);
});

test("a message for the desktop is left for its program until that has shown it, whichever comes first", async () => {
  await using almanac = await notified({});
  const notifications = almanac.notifications();
  const answers = () => notifications.deliveries({ limit: 9 }).map(({ status, answer }) => `${status}: ${answer}`);
  await notifications.test("desktop");
  const [early] = notifications.forDesktop(0);
  notifications.shownOnDesktop([early?.deliveryId ?? 0]);
  await sent(almanac.harness);
  await notifications.test("desktop");
  await sent(almanac.harness);
  expect(answers()).toEqual([`sent: ${desktopAnswers.left}`, `sent: ${desktopAnswers.shown}`]);
  notifications.shownOnDesktop([notifications.lastDeliveryId()]);
  expect(answers()).toEqual([`sent: ${desktopAnswers.shown}`, `sent: ${desktopAnswers.shown}`]);
});
