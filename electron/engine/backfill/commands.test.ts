import { expect, test } from "vitest";
import type { CreateBackfillInput } from "../../../shared/api/backfills.ts";
import type { BackfillStatus } from "../../../shared/domain/backfill.ts";
import { createHarness, type Harness } from "../testing/harness.ts";

const from = "2024-01-15T00:00:00Z";
const short = { scheduleId: "s", from, to: "2024-01-15T03:00:00Z", input: { ms: 1000 } };
const long = { scheduleId: "s", from, to: "2024-03-15T00:00:00Z", input: { ms: 1000 }, confirmed: true };
const failing = { ...short, input: { failing: "all" } };

/** How a backfill comes into each state, from a new one. */
const ways: Record<string, { input: CreateBackfillInput; ms?: number; and?: "pause" | "cancel"; last?: number }> = {
  planning: { input: long },
  running: { input: short, ms: 100 },
  paused: { input: short, ms: 100, and: "pause" },
  "paused, rows still to be written": { input: long, and: "pause" },
  cancelling: { input: short, ms: 100, and: "cancel" },
  completed: { input: failing, ms: 10_000 },
  failed: { input: { ...failing, maxFailures: 1 }, ms: 10_000 },
  cancelled: { input: short, ms: 100, and: "cancel", last: 10_000 },
};

async function backfillIn(h: Harness, { input, ms, and, last }: (typeof ways)[string]): Promise<string> {
  h.schedule("s", { cron: "0 * * * *" }, {}, { paused: true });
  const { backfillId } = await h.engine.backfills.create(input, "user");
  if (ms !== undefined) h.clock.advance(ms);
  if (and === "pause") h.engine.backfills.pause(backfillId, "user");
  if (and === "cancel") h.engine.backfills.cancel(backfillId, "finish", "user");
  if (last !== undefined) h.clock.advance(last);
  return backfillId;
}

const commands = ["pause", "resume", "cancel", "set", "rerun"] as const;
const refused = "-";

const table: [keyof typeof ways, ...(BackfillStatus | typeof refused)[]][] = [
  ["planning", "paused", "planning", "cancelled", "planning", refused],
  ["running", "paused", "running", "cancelling", "running", refused],
  ["paused", "paused", "running", "cancelling", "paused", refused],
  ["paused, rows still to be written", "paused", "planning", "cancelled", "paused", refused],
  ["cancelling", refused, refused, "cancelling", "cancelling", refused],
  ["completed", refused, refused, refused, refused, "running"],
  ["failed", refused, refused, refused, refused, "running"],
  ["cancelled", refused, refused, refused, refused, "running"],
];

test.each(table)(
  "of a backfill that is %s: pause %s, resume %s, cancel %s, set %s, rerun %s",
  async (way, ...after) => {
    for (const [index, command] of commands.entries()) {
      await using h = await createHarness();
      const id = await backfillIn(h, ways[way]!);
      const { backfills } = h.engine;
      const before = backfills.get(id);
      expect(before.status).toBe(way.split(",")[0]);
      const give = () => {
        if (command === "cancel") return backfills.cancel(id, "finish", "user");
        if (command === "set") return backfills.set({ backfillId: id, concurrency: 2 }, "user");
        return backfills[command](id, "user");
      };
      if (after[index] === refused) {
        expect(give).toThrow(expect.objectContaining({ code: "ILLEGAL_TRANSITION" }));
        expect(backfills.get(id)).toEqual(before);
      } else {
        expect({ command, status: give().status }).toEqual({ command, status: after[index] });
      }
    }
  },
);
