/**
 * A loop of one's own: what is due, start it, work out the next time. Its schedules are paused, so that the engine, which
 * still runs what is started, does not fire them as well; what was started for which time is kept with the runs.
 *
 *   node examples/own-loop.ts 5
 *
 * starts five runs, on a data folder of its own (ALMANAC_DATA_DIR).
 */
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  calculateNextRunTime,
  configure,
  createSchedule,
  getDueSchedules,
  getSchedule,
  shutdown,
  triggerSchedule,
  workflow,
  z,
} from "almanac";

export const greet = workflow(
  { name: "greet", description: "Greets somebody.", input: z.object({ name: z.string() }) },
  async ({ name }) => `hello ${name}`,
);

async function loop(most: number): Promise<void> {
  const file = fileURLToPath(import.meta.url);
  await configure({ dataDir: process.env["ALMANAC_DATA_DIR"] ?? "own-loop-data", modules: [file] });
  const scheduleId = "greetings";
  await getSchedule(scheduleId).catch(() =>
    createSchedule({
      scheduleId,
      workflowName: "greet",
      spec: { interval: "1s" },
      input: { name: "world" },
      paused: true,
    }),
  );
  let started = 0;
  while (started < most) {
    for (const due of await getDueSchedules(new Date())) {
      started += 1;
      const run = await triggerSchedule(due.scheduleId, { asOf: due.dueTime, force: true });
      const next = calculateNextRunTime(due.spec, { after: new Date(due.dueTime), anchor: new Date(due.createdAt) });
      console.log(`${due.dueTime} ${due.scheduleId}: ${await run.result()}; next ${next?.toISOString() ?? "never"}`);
    }
    await wait(100);
  }
  await shutdown();
}

// Almanac loads this file too, for its workflow.
if (resolve(process.argv[1] ?? "") === fileURLToPath(import.meta.url)) await loop(Number(process.argv[2] ?? 5));
