import { expect, it } from "vitest";
import { z } from "zod";
import { count, createRandom } from "../engine/faults/world.ts";
import { openDatabase } from "../storage/opening/database.ts";
import { owner } from "./access/caller.ts";
import { toAppError } from "./errors.ts";
import { appRouter, createCaller } from "./router.ts";
import { tempApp } from "./testing/tempApp.ts";

type Random = ReturnType<typeof createRandom>;
interface Shape {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Shape[];
  oneOf?: Shape[];
  $ref?: string;
  format?: string;
  minimum?: number;
  properties?: Record<string, Shape>;
  items?: Shape | false;
}

const junk: readonly unknown[] = [
  null,
  undefined,
  true,
  0,
  -1,
  0.5,
  2 ** 31,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  "",
  "a\0b",
  "\ud800",
  "__proto__",
  "'; drop table runs; --",
  "x".repeat(70_000),
  "9999-12-31T23:59:59.999Z",
  "+275760-09-13T00:00:00Z",
  [],
  [[]],
  {},
  new Date(Number.NaN),
  new Map([["a", 1]]),
  () => {},
  Symbol("s"),
  10n,
  JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
];
const texts = ["a", "b", "shell.command", "no.such", "5m", "0 9 * * *", "Europe/Berlin", "2026-01-01", "mon-fri", "L"];
const instants = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-02T12:30:00+02:00", "2040-01-01T00:00:00Z"];

const pick = <T>(random: Random, values: readonly T[]): T => values[Math.floor(random.between(0, values.length))] as T;

/** A value that mostly has the shape, and is wrong in a few places; most often in none or one of them. */
function valueFor(random: Random, shape: Shape, root: Shape, depth = 0): unknown {
  if (random.next() < 0.06) return pick(random, junk);
  const choice = shape.anyOf ?? shape.oneOf;
  if (shape.$ref !== undefined || depth > 6) return pick(random, [{ command: "true" }, 1, null, "a"]);
  if (choice !== undefined) return valueFor(random, pick(random, choice), root, depth);
  if ("const" in shape) return shape.const;
  if (shape.enum !== undefined) return pick(random, shape.enum);
  switch (shape.type) {
    case "object":
      return Object.fromEntries(
        Object.entries(shape.properties ?? {})
          .filter(() => random.next() < 0.6)
          .map(([name, inner]) => [name, valueFor(random, inner, root, depth + 1)])
          .concat(random.next() < 0.03 ? [[pick(random, ["extra", "__proto__", "toString"]), 1]] : []),
      );
    case "array":
      return Array.from({ length: Math.floor(random.between(0, 4)) }, () =>
        valueFor(random, shape.items || {}, root, depth + 1),
      );
    case "number":
    case "integer":
      return pick(random, [shape.minimum ?? 0, 1, 2, 7, 31]);
    case "boolean":
      return random.next() < 0.5;
    case "null":
      return null;
    case "string":
      return shape.format === "date-time" ? pick(random, instants) : pick(random, texts);
    default:
      return pick(random, [{ command: "true" }, 1, null, "a"]);
  }
}

/** Every call by its path, with the shape of what it takes. */
const calls = Object.entries(
  appRouter._def.procedures as unknown as Record<string, { _def: { type: string; inputs: z.ZodType[] } }>,
)
  .filter(([, { _def }]) => _def.type !== "subscription")
  .map(([path, { _def }]) => ({
    path,
    shape: (_def.inputs[0] === undefined
      ? {}
      : z.toJSONSchema(_def.inputs[0], { io: "input", unrepresentable: "any" })) as Shape,
  }));

it("answers whatever is asked of any call, or refuses it by a code of the list and changes nothing", {
  timeout: 3_600_000,
}, async () => {
  await using app = await tempApp();
  const api = createCaller({ app, actor: "user", caller: owner });
  const observer = openDatabase({ dataDir: app.dataDir, readOnly: true });
  const version = (): number => observer.dataVersion();
  const random = createRandom();
  const messages = count(1_500, 100_000);
  console.log(`seed ${random.seed}, ${messages} messages to ${calls.length} calls`);
  const outcomes: Record<string, number> = {};
  for (const scheduleId of ["a", "b"]) {
    await api.schedules.create({
      scheduleId,
      workflowName: "shell.command",
      spec: { cron: "0 * * * *" },
      input: { command: "true" },
    });
  }

  for (let i = 0; i < messages; i++) {
    const { path, shape } = pick(random, calls);
    const input = valueFor(random, shape, shape);
    const before = version();
    const [noun = "", verb = ""] = path.split(".");
    const call = (api as unknown as Record<string, Record<string, (input: unknown) => Promise<unknown>>>)[noun]?.[verb];
    const outcome = await call?.(input).then(
      () => "answered",
      (thrown: unknown) => {
        const error = toAppError(thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown);
        expect([path, input, error.code, error.message]).not.toContain("INTERNAL");
        expect([path, error.message.slice(0, 200), error.message.length < 3000]).toContain(true);
        expect([path, input, version()]).toEqual([path, input, before]);
        return error.code;
      },
    );
    outcomes[outcome ?? "?"] = (outcomes[outcome ?? "?"] ?? 0) + 1;
  }
  console.log(JSON.stringify(outcomes));
  expect(outcomes["answered"]).toBeGreaterThan(messages / 20);
  expect(outcomes["INVALID_INPUT"]).toBeGreaterThan(messages / 20);
  expect(app.errors).toEqual([]);
  expect((await app.doctor({ thorough: true })).problems).toEqual([]);
  observer.close();
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});
