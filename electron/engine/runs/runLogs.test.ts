import { expect, test } from "vitest";
import type { RuntimeListener } from "../../runtime/runtime.ts";
import { createHarness } from "../testing/harness.ts";

// As an engine that was away for long finds it in Redis.
test("of a log of many mebibytes that comes in one turn the end is kept, too", async () => {
  let listener: RuntimeListener | null = null;
  await using h = await createHarness({
    around: (runtime) => ({
      ...runtime,
      start(heard) {
        listener = heard;
        return runtime.start(heard);
      },
    }),
  });
  const { runId } = h.engine.runWorkflow("job", { ms: 60_000 }, "user");
  h.clock.advance(1_000);
  const { epoch = 1 } = h.runtime.executions[0]?.job ?? {};
  const tell = (text: string): void => listener?.log(runId, epoch, 0, "stdout", text);
  for (let n = 0; n < 400; n++) tell(`${"x".repeat(32_767)}\n`);
  tell("the last line");
  h.clock.settle();
  const last = h.database.sql
    .prepare("select text from run_logs where run_id = ? order by sequence desc limit 1")
    .pluck()
    .get(runId) as string;
  expect(last.endsWith("the last line")).toBe(true);
  const { logBytes, logDroppedBytes } = h.engine.getRun(runId);
  expect(logBytes + logDroppedBytes).toBe(400 * 32_768 + 13);
  expect(logBytes).toBeGreaterThan(1000 * 1024);
});
