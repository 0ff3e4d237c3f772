import { isDeepStrictEqual } from "node:util";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, it } from "vitest";
import { owner } from "../access/caller.ts";
import { tempApp } from "../testing/tempApp.ts";
import { answerSchema } from "./answers.ts";
import { openapiDocument } from "./openapi.ts";
import { callProcedure, programCalls } from "./procedures.ts";

interface Document {
  paths: Record<string, { post: { responses: Record<string, { content: Record<string, { schema: object }> }> } }>;
  components: object;
}
const document = JSON.parse(JSON.stringify(openapiDocument())) as Document & Record<string, unknown>;

/** Paths of what one has and the other has not. */
function lost(a: unknown, b: unknown, path = ""): string[] {
  if (typeof a !== "object" || a === null) return isDeepStrictEqual(a, b) ? [] : [path];
  return Object.entries(a).flatMap(([key, part]) =>
    typeof b === "object" && b !== null && key in b
      ? lost(part, (b as Record<string, unknown>)[key], `${path}.${key}`)
      : [`${path}.${key}`],
  );
}

it("is OpenAPI 3.1, as a validator of its own schema finds", async () => {
  expect(await new Validator().validate(document)).toEqual({ valid: true });
  expect(document["openapi"]).toBe("3.1.0");
});

it("describes the answers of real calls as they are, and leaves out nothing of them", async () => {
  await using app = await tempApp({ role: "engine" });
  await app.start();
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  const checked = new Set<string>();
  const faults: unknown[] = [];
  const call = async (name: string, input?: unknown): Promise<Record<string, unknown>> => {
    const { status, body } = await callProcedure(name, input, { app, actor: "token test", caller: owner });
    expect([name, status, body]).toEqual([name, 200, body]);
    const answer = JSON.parse(JSON.stringify(body)) as Record<string, unknown>;
    const schema = answerSchema(name);
    if (schema !== null) {
      checked.add(name);
      // Unknown fields are taken out by it: what is the same afterwards had none.
      const parsed = schema.safeParse(answer);
      if (!parsed.success || !isDeepStrictEqual(parsed.data, answer))
        faults.push({ name, error: parsed.error?.issues ?? lost(answer, parsed.data) });
      const shown = document.paths[`/api/${name}`]?.post.responses["200"]?.content["application/json"]?.schema ?? {};
      const validate = ajv.compile({ ...shown, components: document.components });
      if (!validate(answer)) faults.push({ name, error: validate.errors });
    }
    return answer;
  };

  const input = { command: "echo there" };
  const spec = { cron: "0 9 * * *", startAt: new Date(Date.now() - 9 * 86_400_000).toISOString() };
  await call("schedules.create", { scheduleId: "a", workflowName: "shell.command", spec, input });
  await call("schedules.create", {
    scheduleId: "b",
    workflowName: "shell.command",
    spec: { on: { after: { scheduleId: "a", outcome: "ended" } } },
    input: { command: "exit 3" },
    tags: ["nightly"],
    timeout: "5m",
  });
  const { runId } = await call("schedules.trigger", { scheduleId: "a" });
  await app.engine.waitForRun(String(runId));
  await expect.poll(() => app.reads.listRuns({ scheduleId: "b" }).rows[0]?.status).toBe("failed");
  const failed = app.reads.listRuns({ scheduleId: "b" }).rows[0]?.runId ?? "";
  const { revision } = await call("schedules.get", { scheduleId: "b" });
  await call("schedules.update", { scheduleId: "b", revision, note: "noted" });
  await call("schedules.pause", { scheduleId: "b", note: "for now" });
  await call("schedules.resume", { scheduleId: "b" });
  for (const name of ["list", "specs"]) await call(`schedules.${name}`, {});
  await call("schedules.list", { sort: "need" });
  await call("schedules.rows", { sort: "need" });
  await call("backfills.planItems", { scheduleId: "a", from: spec.startAt, to: new Date().toISOString() });
  await call("notifications.deliveries", {});
  await call("calendars.stopReading");
  await call("exchange.stopImport");
  await call("runtime.workers");
  await call("updates.status");
  for (const name of ["summary", "names"]) await call(`schedules.${name}`);
  await call("schedules.upcoming", { scheduleId: "a", count: 3 });
  await call("schedules.upcomingOfAll", { hours: 48, limit: 5 });
  for (const name of ["omissions", "trend"]) await call(`schedules.${name}`, { scheduleId: "a" });
  await call("schedules.activity", { scheduleId: "b" });
  await call("schedules.heatmap", { scheduleId: "a", year: new Date().getUTCFullYear() });
  await call("schedules.followers", { scheduleIds: ["a"] });
  await call("schedules.chain", { around: "b" });
  await call("schedules.ids", {});
  await call("schedules.usingCalendar", { name: "none" });

  await call("runs.list", {});
  for (const id of [runId, failed]) {
    await call("runs.get", { runId: id });
    await call("runs.logs", { runId: id });
  }
  await call("runs.grid", { scheduleId: "b", limit: 5 });
  const again = await call("runs.retry", { runId: failed });
  await app.engine.waitForRun(String(again["runId"]));

  const to = new Date().toISOString();
  const range = { scheduleId: "a", from: spec.startAt, to };
  await call("backfills.plan", range);
  await call("backfills.days", range);
  await call("backfills.presets", { scheduleId: "a" });
  const { backfillId } = await call("backfills.create", range);
  await app.engine.backfills.waitFor(String(backfillId));
  await call("backfills.get", { backfillId });
  await call("backfills.list", {});

  const made = await call("workflows.run", { name: "shell.command", input });
  await app.engine.waitForRun(String(made["runId"]));
  await call("workflows.list");
  await call("workflows.agents");
  await call("workflows.update", { name: "shell.command", memoryLimit: "512MiB" });
  await call("calendars.save", { name: "holidays", entries: ["2026-12-25"] });
  await call("calendars.list");
  await call("calendars.show", { name: "holidays" });
  await call("calendars.readingProgress");
  await call("calendars.delete", { name: "holidays" });
  await call("pools.set", { name: "db", limit: 2, workflows: [], tags: ["nightly"] });
  await call("pools.list");
  await call("pools.delete", { name: "db" });
  await call("hooks.create", { name: "ci", scheduleId: "a" });
  await call("hooks.rotate", { name: "ci" });
  for (const name of ["hooks.list", "hooks.origins", "listening.state"]) await call(name);
  await call("hooks.delete", { name: "ci" });
  const channel = { kind: "command", program: "/bin/true", args: [] };
  await call("notifications.setChannel", { name: "told", config: channel });
  await call("notifications.test", { name: "told" });
  await call("notifications.setRule", { name: "failures", channels: ["told"] });
  for (const name of ["channels", "rules"]) await call(`notifications.${name}`);
  await call("notifications.deleteRule", { name: "failures" });
  await call("access.createToken", { name: "ci", scopes: ["read"] });
  for (const name of ["me", "tokens", "sessions", "signIns", "agentCalls"]) await call(`access.${name}`);
  await call("access.revokeToken", { name: "ci" });
  for (const name of ["status", "downtimes", "settings", "doctor", "backups", "secrets", "recount"])
    await call(`system.${name}`);
  await call("system.setSetting", { key: "runsAtOnce", value: 20 });
  await call("system.setSecret", { name: "KEY", value: "hidden" });
  await call("system.deleteSecret", { name: "KEY" });
  await call("exchange.export", { format: "json" });
  await call("exchange.ical", { days: 7 });
  await call("exchange.import", { text: "0 5 * * * backup\n", dryRun: true });
  const undoId = crypto.randomUUID();
  await call("exchange.import", { text: "0 5 * * * backup\n", undoId });
  for (const name of ["imports", "imported", "undoImport"])
    await call(`exchange.${name}`, name === "imports" ? {} : { undoId });
  await call("exchange.importProgress");
  await call("runtime.choice");
  await call("folders.trusted");
  await call("schedules.bulk", { scheduleIds: ["a"], action: "add_tag", tag: "daily" });
  await call("schedules.delete", { scheduleId: "b" });
  await call("schedules.restore", { scheduleId: "b" });
  await call("schedules.delete", { scheduleId: "b" });
  await call("schedules.purge", { scheduleId: "b" });

  expect(faults).toEqual([]);
  expect(checked.size).toBeGreaterThan(80);
}, 120_000);

it("says of every call what it answers", () => {
  const silent = programCalls().filter(({ name }) => answerSchema(name) === null);
  expect(silent.map(({ name }) => name)).toEqual([]);
});

it("describes every refusal by the same shape", async () => {
  await using app = await tempApp();
  const ajv = new Ajv2020({ strict: false });
  const shape = { $ref: "#/components/schemas/Error", components: document.components };
  const validate = ajv.compile(shape);
  for (const [name, input] of [
    ["schedules.get", { scheduleId: "none" }],
    ["schedules.create", { workflowName: 5 }],
    ["no.such", {}],
  ] as const) {
    const { body } = await callProcedure(name, input, { app, actor: "token test", caller: owner });
    expect([name, validate(JSON.parse(JSON.stringify(body)))]).toEqual([name, true]);
  }
});
