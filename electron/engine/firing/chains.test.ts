import fc from "fast-check";
import { expect, test } from "vitest";
import { chainStates } from "../../../shared/domain/chain.ts";
import type { EventEntry } from "../../../shared/schedule/index.ts";
import { createReads } from "../../storage/reads/reads.ts";
import { createHarness, type Harness } from "../testing/harness.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const never = { interval: { every: "100w" } };

type Outcome = "completed" | "failed" | "ended";
const after = (scheduleId: string, outcome: Outcome = "completed", delay?: string): { on: EventEntry } => ({
  on: { after: { scheduleId, outcome }, ...(delay === undefined ? {} : { delay }) },
});

function chainOf(h: Harness, id: string, most = 100) {
  const { members, links, more } = createReads(h.database.sql, h.clock.now).chainOf(id, most);
  const { links: states, stopped } = chainStates(members, links);
  return {
    members: members.map(({ scheduleId, status }) => `${scheduleId} ${status}`).sort(),
    links: Object.fromEntries(links.map(({ from, to }, i) => [`${from}>${to}`, states[i]])),
    stopped: Object.fromEntries([...stopped].map(([key, { by, state, outcome }]) => [key, [by, state, outcome]])),
    more,
  };
}

function run(h: Harness, scheduleId: string): void {
  h.engine.triggerSchedule({ scheduleId, force: true }, "user");
  h.clock.advance(SECOND);
}

test("a chain says who did not run and why, and no more once it has run", async () => {
  await using h = await createHarness();
  h.schedule("a", never, { failing: "all" });
  h.clock.advance(SECOND);
  h.schedule("b", after("a"));
  h.schedule("c", after("b"));
  h.schedule("alarm", after("a", "failed"));
  h.schedule("apart", never);
  // What ended before they were linked says nothing of the link.
  expect(h.runs("a").map(({ status }) => status)).toEqual(["failed"]);
  expect(chainOf(h, "c")).toEqual({
    members: ["a active", "alarm active", "b active", "c active"],
    links: { "a>b": "never", "b>c": "never", "a>alarm": "never" },
    stopped: {},
    more: false,
  });
  expect(chainOf(h, "apart").members).toEqual(["apart active"]);
  run(h, "a");
  expect(chainOf(h, "a")).toMatchObject({
    links: { "a>b": "outcome", "b>c": "stopped", "a>alarm": "started" },
    stopped: { b: ["a", "outcome", "failed"], c: ["b", "stopped", null] },
  });
  // By hand it has run since: what comes after it has its turn by that.
  run(h, "b");
  expect(chainOf(h, "a")).toMatchObject({ links: { "a>b": "outcome", "b>c": "started" }, stopped: {} });
  h.engine.updateSchedule({ scheduleId: "a", input: {} as never, note: "mended" }, "user");
  run(h, "a");
  expect(chainOf(h, "b")).toMatchObject({
    links: { "a>b": "started", "b>c": "started", "a>alarm": "outcome" },
    stopped: { alarm: ["a", "outcome", "completed"] },
  });
  // An edit that leaves the link is no new link.
  h.engine.updateSchedule({ scheduleId: "b", note: "noted" }, "user");
  expect(chainOf(h, "b").links["a>b"]).toBe("started");
  h.engine.updateSchedule({ scheduleId: "b", spec: after("a", "ended") }, "user");
  expect(chainOf(h, "b").links["a>b"]).toBe("started");
  h.engine.updateSchedule({ scheduleId: "alarm", spec: after("a", "failed", "5m") }, "user");
  expect(chainOf(h, "b").links["a>alarm"]).toBe("never");
});

test("a link waits for its delay, is skipped, paused or cut where its schedules are, and is drawn no further than asked", async () => {
  await using h = await createHarness();
  h.schedule("a", never);
  h.schedule("later", after("a", "completed", "5m"));
  h.schedule("slow", after("a"), { ms: 10 * MINUTE });
  h.schedule("paused", after("a"), {}, { paused: true });
  h.schedule("after-later", after("later"));
  h.clock.advance(SECOND);
  run(h, "a");
  run(h, "a");
  expect(chainOf(h, "a").links).toEqual({
    "a>later": "waits",
    "a>slow": "skipped",
    "a>paused": "paused",
    "later>after-later": "never",
  });
  expect(chainOf(h, "a").stopped).toEqual({
    slow: ["a", "skipped", "completed"],
    paused: ["a", "paused", "completed"],
  });
  h.clock.advance(6 * MINUTE);
  expect(chainOf(h, "a").links).toMatchObject({ "a>later": "started", "later>after-later": "started" });
  expect(chainOf(h, "a", 3)).toMatchObject({ more: true });
  expect(chainOf(h, "a", 3).members).toHaveLength(3);
  h.engine.deleteSchedule("a", "user");
  expect(chainOf(h, "later")).toMatchObject({ links: { "a>later": "gone" }, stopped: {} });
  expect(chainOf(h, "later").members).toContain("a gone");
  h.engine.deleteSchedule("after-later", "user");
  expect(chainOf(h, "later").links).not.toHaveProperty("later>after-later");
});

interface Tree {
  /** Each one's parent by index, -1 of the first; always an earlier one. */
  nodes: { parent: number; outcome: Outcome }[];
  /** For each pass, which fail. */
  passes: boolean[][];
}

const trees: fc.Arbitrary<Tree> = fc.integer({ min: 2, max: 8 }).chain((size) =>
  fc.record({
    nodes: fc.tuple(
      ...Array.from({ length: size }, (_, i) =>
        fc.record({
          parent: i === 0 ? fc.constant(-1) : fc.nat(i - 1),
          outcome: fc.constantFrom<Outcome>("completed", "failed", "ended"),
        }),
      ),
    ),
    passes: fc.array(fc.array(fc.boolean(), { minLength: size, maxLength: size }), { minLength: 1, maxLength: 4 }),
  }),
);

test("whatever fails in a chain, what did not run in its last pass is told, with the one before it", async () => {
  await fc.assert(
    fc.asyncProperty(trees, async ({ nodes, passes }) => {
      await using h = await createHarness();
      for (const [i, { parent, outcome }] of nodes.entries())
        h.schedule(`n${i}`, parent < 0 ? never : after(`n${parent}`, outcome));
      // So that the first has a run by its own time, which ends before the passes begin.
      h.clock.advance(SECOND);
      for (const fails of passes) {
        for (const [i, failing] of fails.entries())
          h.engine.updateSchedule({ scheduleId: `n${i}`, input: (failing ? { failing: "all" } : {}) as never }, "user");
        h.clock.advance(SECOND);
        run(h, "n0");
        const ran: boolean[] = [];
        const expected: Record<string, unknown> = {};
        nodes.forEach(({ parent, outcome }, i) => {
          const ended = fails[parent] === true ? "failed" : "completed";
          ran[i] = parent < 0 || (ran[parent] === true && (outcome === "ended" || outcome === ended));
          if (ran[i] === true) return;
          expected[`n${i}`] = ran[parent] === true ? [`n${parent}`, "outcome", ended] : [`n${parent}`, "stopped", null];
        });
        expect(chainOf(h, `n${nodes.length - 1}`).stopped).toEqual(expected);
      }
    }),
    { numRuns: 12 },
  );
});
