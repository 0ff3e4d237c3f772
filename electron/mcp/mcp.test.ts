import { fileURLToPath } from "node:url";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Scope } from "../../shared/api/access.ts";
import { tempApp } from "../api/testing/tempApp.ts";
import { type AlmanacServer, createServer } from "../server/server.ts";

const cli = fileURLToPath(new URL("../../dist/cli/cli.js", import.meta.url));
let app: Awaited<ReturnType<typeof tempApp>>;
let server: AlmanacServer;

beforeAll(async () => {
  app = await tempApp({ role: "engine" });
  await app.start();
  server = await createServer({ app, pagesDir: "/nowhere", log: () => {} });
});
afterAll(async () => {
  await server.close();
  await app[Symbol.asyncDispose]();
});

interface Answer {
  text: string;
  isError: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: data of any tool
  data: any;
}

/** An agent's side of a conversation, with what was said. */
function agent(client: Client) {
  const said: string[] = [];
  return {
    client,
    said,
    async use(name: string, args: Record<string, unknown>): Promise<Answer> {
      const result = await client.callTool({ name: `almanac_${name}`, arguments: args });
      const text = (result.content as { text: string }[]).map((part) => part.text).join("\n");
      said.push(`> ${name} ${JSON.stringify(args)}`, text);
      return { text, isError: result.isError === true, data: result.structuredContent };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

async function overHttp(name: string, scopes: Scope[], clientName = "test-agent") {
  const { token } = app.access.tokens.create({ name, scopes });
  const client = new Client({ name: clientName, version: "1.0" });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${server.origin}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    }),
  );
  return agent(client);
}

const day = 86_400_000;
const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

it("has five tools that say what they change, with schemas of what they take and answer", async () => {
  await using reader = await overHttp("tools", ["read"]);
  const { tools } = await reader.client.listTools();
  expect(tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint])).toEqual([
    ["almanac_read", true],
    ["almanac_preview", true],
    ["almanac_apply", false],
    ["almanac_run", false],
    ["almanac_backfill", false],
  ]);
  for (const { inputSchema, outputSchema } of tools)
    expect([inputSchema.type, outputSchema?.type]).toEqual(["object", "object"]);
  const preview = tools[1]?.inputSchema.properties as Record<
    string,
    { properties: Record<string, { enum?: string[] }> }
  >;
  expect(preview["create"]?.properties["overlapPolicy"]?.enum).toContain("buffer_one");
});

it("is asked for a schedule, for last week's failures, and to fill Monday's holes", async () => {
  app.engine.saveExclusionCalendar({ name: "holidays", entries: ["2026-12-25"] } as never, "user");
  await using worker = await overHttp("ops", ["read", "run", "edit"], "claude-code");

  // "every second Tuesday at 9 in Berlin, except holidays, run X"
  const spec = {
    calendar: [{ dayOfWeek: "tue", hour: 9, everyWeeks: 2, from: "2026-01-06" }],
    exclude: [{ calendar: "holidays" }],
    timezone: "Europe/Berlin",
  };
  const create = {
    scheduleId: "x",
    workflowName: "shell.command",
    spec,
    input: { command: "echo no such table >&2; exit 4" },
  };
  const shown = await worker.use("preview", { create });
  expect(shown.isError, shown.text).toBe(false);
  const [first, second] = shown.data.next.map((at: string) => Date.parse(at));
  // Two weeks, give or take the hour of a clock change.
  expect(Math.abs(second - first - 14 * day)).toBeLessThanOrEqual(3_600_000);
  expect(app.reads.readSchedule("x")).toBeUndefined();
  const applied = await worker.use("apply", { handle: shown.data.handle });
  expect(applied.data).toMatchObject({ result: { scheduleId: "x" }, page: `${server.origin}/schedules/x` });
  expect(app.reads.activity("x", 1, undefined, ["created"])[0]).toMatchObject({
    kind: "created",
    actor: "agent claude-code 1.0, token ops",
  });
  const twice = await worker.use("apply", { handle: shown.data.handle });
  expect([twice.isError, twice.text]).toEqual([true, expect.stringContaining("has been applied")]);

  // "what did last week's failures say"
  const started = await worker.use("run", { action: "trigger", scheduleId: "x", waitSeconds: 30 });
  expect(started.data).toMatchObject({ status: "failed", ended: true, error: expect.stringContaining("EXIT_CODE") });
  const failures = await worker.use("read", { what: "runs", scheduleId: "x", status: "failed" });
  expect(failures.data.rows).toEqual([
    expect.objectContaining({ status: "failed", error: expect.stringContaining("4") }),
  ]);
  const log = await worker.use("read", { what: "log", runId: started.data.runId });
  expect(log.text).toContain("no such table");

  // "fill the holes of Monday": a schedule of each hour that has none of its runs.
  app.engine.createSchedule(
    {
      scheduleId: "hourly",
      workflowName: "shell.command",
      spec: { cron: "0 * * * *", startAt: new Date(Date.now() - 30 * day).toISOString() },
      input: { command: "true" },
    } as never,
    "user",
  );
  const today = Date.parse(`${dateOf(Date.now())}T00:00:00Z`);
  const monday = today - (((new Date(today).getUTCDay() + 6) % 7) + 7) * day;
  const range = { from: new Date(monday).toISOString(), to: new Date(monday + day).toISOString() };
  const holes = await worker.use("preview", { backfill: { scheduleId: "hourly", ...range, concurrency: 8 } });
  expect(holes.data, holes.text).toMatchObject({ count: 24 });
  const filling = await worker.use("apply", { handle: holes.data.handle });
  const { backfillId } = filling.data.result;
  await app.engine.backfills.waitFor(backfillId);
  const done = await worker.use("backfill", { action: "show", backfillId });
  expect(done.data.backfills).toEqual([expect.objectContaining({ status: "completed", completed: 24, failed: 0 })]);
  const nothing = await worker.use("preview", { backfill: { scheduleId: "hourly", ...range } });
  expect(nothing.data).toMatchObject({ count: 0, handle: null });
  if (process.env["ALMANAC_TRANSCRIPT"] === "1") console.log(worker.said.join("\n"));
}, 90_000);

it("refuses a plan whose ground has changed, that is another's, or that nobody made", async () => {
  app.engine.createSchedule(
    { scheduleId: "ground", workflowName: "shell.command", spec: { cron: "0 9 * * *" }, input: { command: "true" } },
    "user",
  );
  await using one = await overHttp("one", ["read", "edit"]);
  await using other = await overHttp("other", ["read", "edit"]);
  const update = { scheduleId: "ground", spec: { cron: "0 10 * * *" } };
  const plan = await one.use("preview", { update });
  expect(plan.data.before[0]).toMatch(/T09:00/);
  expect(plan.data.next[0]).toMatch(/T10:00/);
  expect((await other.use("apply", { handle: plan.data.handle })).isError).toBe(true);
  app.engine.updateSchedule({ scheduleId: "ground", note: "by hand" }, "user");
  const stale = await one.use("apply", { handle: plan.data.handle });
  expect([stale.isError, stale.text]).toEqual([true, expect.stringContaining("has changed since it was shown")]);
  expect(app.engine.getSchedule("ground").spec).toEqual({ cron: "0 9 * * *" });
  expect((await one.use("apply", { handle: "plan_guessed" })).text).toContain("there is no such plan");

  const paused = await one.use("preview", { pause: { scheduleId: "ground" } });
  await one.use("apply", { handle: paused.data.handle });
  expect(app.engine.getSchedule("ground")).toMatchObject({
    status: "paused",
    pausedBy: "agent test-agent 1.0, token one",
  });
});

it("names who comes after what it would delete, and asks again where that has changed", async () => {
  const make = (scheduleId: string, spec: unknown) =>
    app.engine.createSchedule(
      { scheduleId, workflowName: "shell.command", spec: spec as never, input: { command: "true" } },
      "user",
    );
  make("first", { cron: "0 9 * * *" });
  await using one = await overHttp("deleter", ["read", "edit"]);
  const before = await one.use("preview", { delete: { scheduleId: "first" } });
  expect(before.data.notes).toEqual(["it is active now"]);
  make("second", { on: { after: { scheduleId: "first" } } });
  expect((await one.use("apply", { handle: before.data.handle })).text).toContain("has changed since it was shown");
  const now = await one.use("preview", { delete: { scheduleId: "first" } });
  expect(now.text).toContain("second comes after first, and would start no more");
  await one.use("apply", { handle: now.data.handle });
  expect(app.engine.getSchedule("first").status).toBe("deleted");
});

it("writes nothing for a token that may only read, and says what is wrong with what it is given", async () => {
  await using reader = await overHttp("only-reader", ["read"]);
  const create = { workflowName: "shell.command", spec: { cron: "0 9 * * *" }, input: { command: "true" } };
  const { data } = await reader.use("preview", { create });
  const refused = await reader.use("apply", { handle: data.handle });
  expect([refused.isError, refused.text]).toEqual([true, expect.stringMatching(/FORBIDDEN[\s\S]*tokens create/)]);
  expect((await reader.use("run", { action: "trigger", scheduleId: "ground" })).text).toContain("FORBIDDEN");
  expect((await reader.use("preview", { create: { ...create, workflowName: "no.such" } })).text).toContain(
    "UNKNOWN_WORKFLOW",
  );
  expect((await reader.use("preview", { create: { ...create, spec: { cron: "0 0 30 2 *" } } })).isError).toBe(true);
  expect((await reader.use("preview", {})).text).toContain("exactly one of");
  expect((await reader.use("preview", { text: "weekdays at 9", timezone: "Europe/Berlin" })).data).toMatchObject({
    handle: null,
    spec: expect.objectContaining({ timezone: "Europe/Berlin" }),
  });
  const status = await fetch(`${server.origin}/mcp`, { method: "POST", body: "{}" }).then((answer) => answer.status);
  expect(status).toBe(401);
});

it("has every call in the history, with the token and the client, those that are alike in one line", async () => {
  app.engine.createSchedule(
    { scheduleId: "asked", workflowName: "shell.command", spec: { cron: "0 9 * * *" }, input: { command: "true" } },
    "user",
  );
  const actor = "agent curious 1.0, token looker";
  {
    await using looker = await overHttp("looker", ["read"], "curious");
    for (let i = 0; i < 5; i += 1) await looker.use("read", { what: "status" });
    for (let i = 0; i < 3; i += 1) await looker.use("read", { what: "schedule", scheduleId: "asked" });
    await looker.use("read", { what: "schedule", scheduleId: "no-such" });
    const { data } = await looker.use("preview", { pause: { scheduleId: "asked" } });
    await looker.use("apply", { handle: data.handle });
    await looker.use("run", { action: "trigger", scheduleId: "asked" });
  }
  app.agentCalls.flush();
  const calls = app.reads.agentCalls(100).filter((call) => call.actor === actor);
  expect(
    calls
      .map(({ kind, scheduleId, details: { tool, what, count, refused } }) => [
        kind,
        scheduleId,
        tool,
        what,
        count,
        refused,
      ])
      .reverse(),
  ).toEqual([
    ["asked", null, "read", "status", 5, undefined],
    ["asked", "asked", "read", "schedule", 3, undefined],
    ["asked", null, "read", "schedule", 1, expect.stringContaining("NOT_FOUND")],
    ["asked", "asked", "preview", "pause", 1, undefined],
    ["asked", null, "apply", "a plan", 1, expect.stringContaining("FORBIDDEN")],
    ["asked", "asked", "run", "trigger", 1, expect.stringContaining("FORBIDDEN")],
  ]);
  const changes = app.reads.activity("asked", 10, undefined, ["created", "paused", "triggered"]);
  expect(changes.map(({ kind }) => kind)).toEqual(["created"]);
  await using worker = await overHttp("doer", ["read", "edit"], "curious");
  const { data } = await worker.use("preview", { pause: { scheduleId: "asked" } });
  await worker.use("apply", { handle: data.handle });
  expect(app.reads.activity("asked", 1, undefined, ["asked"])[0]).toMatchObject({
    actor: "agent curious 1.0, token doer",
    details: { tool: "apply", what: "pause asked", count: 1 },
  });
});

it("speaks over standard input and output, and changes nothing there unless it was allowed to", async () => {
  const connect = async (...args: string[]) => {
    const client = new Client({ name: "desk-agent", version: "2" });
    await client.connect(
      new StdioClientTransport({ command: process.execPath, args: [cli, "mcp", "--data-dir", app.dataDir, ...args] }),
    );
    return agent(client);
  };
  const pause = async (by: Awaited<ReturnType<typeof connect>>) => {
    const { data, text } = await by.use("preview", { pause: { scheduleId: "desk" } });
    return by.use("apply", { handle: data?.handle ?? text });
  };
  app.engine.createSchedule(
    { scheduleId: "desk", workflowName: "shell.command", spec: { cron: "0 9 * * *" }, input: { command: "true" } },
    "user",
  );
  {
    await using timid = await connect();
    expect((await timid.use("read", { what: "schedule", scheduleId: "desk" })).data.page).toBe(
      "almanac://schedules/desk",
    );
    expect((await pause(timid)).text).toMatch(/FORBIDDEN[\s\S]*--allow-writes/);
  }
  expect(app.engine.getSchedule("desk").status).toBe("active");
  {
    await using bold = await connect("--allow-writes");
    expect((await pause(bold)).text).toContain("desk is paused");
    // It is answered when the run ends, which another process writes, and not when the wait is over.
    const from = performance.now();
    const { runId, status } = (await bold.use("run", { action: "trigger", scheduleId: "desk", waitSeconds: 45 })).data;
    expect([status, app.engine.getRun(runId).status]).toEqual(["completed", "completed"]);
    expect(performance.now() - from).toBeLessThan(40_000);
    // Calendars of others, too: what a spec means is read anew.
    const spec = { cron: "0 9 * * *", timezone: "UTC", exclude: [{ calendar: "desk-off" }] };
    app.engine.saveExclusionCalendar({ name: "desk-off", entries: [] } as never, "user");
    const [first] = (await bold.use("preview", { spec })).data.next;
    app.engine.saveExclusionCalendar({ name: "desk-off", entries: [dateOf(Date.parse(first))] } as never, "user");
    await expect.poll(async () => (await bold.use("preview", { spec })).data.next[0]).not.toBe(first);
  }
  expect(app.engine.getSchedule("desk")).toMatchObject({ status: "paused", pausedBy: "agent desk-agent 2" });
  const said = app.reads.activity("desk", 20, undefined, ["asked"]).reverse();
  expect(said.every(({ actor }) => actor === "agent desk-agent 2")).toBe(true);
  expect(said.map(({ details: { tool, what } }) => `${tool} ${what}`)).toEqual([
    "read schedule",
    "preview pause",
    "preview pause",
    "apply pause desk",
    "run trigger",
  ]);
}, 60_000);
