/**
 * A daily export that knows which day it is for, so that it can be run again for any range in the past:
 *
 *   almanac scheduler run --module examples/data-backfill.ts --duration 5
 *   almanac schedules backfill daily_export --from 2026-01-01 --to 2026-01-08 --concurrency 2 --wait \
 *     --module examples/data-backfill.ts
 *
 * The file of a day is written in place of what was there: running a day twice leaves the same as running it once.
 */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runContext, scheduledWorkflow, step, z } from "almanac";

const dayMs = 86_400_000;

const extract = step("extract", async (from: string, to: string) => {
  const hours = Math.round((Date.parse(to) - Date.parse(from)) / 3_600_000);
  return Array.from({ length: hours }, (_, hour) => ({
    at: new Date(Date.parse(from) + hour * 3_600_000).toISOString(),
    orders: (hour * 7) % 11,
  }));
});

const load = step(
  "load",
  async (folder: string, day: string, rows: { at: string; orders: number }[]) => {
    await mkdir(folder, { recursive: true });
    const file = join(folder, `${day}.json`);
    await writeFile(`${file}.new`, JSON.stringify(rows));
    await rename(`${file}.new`, file);
    return { file, rows: rows.length };
  },
  { maxRetries: 2 },
);

export const dailyExport = scheduledWorkflow(
  {
    name: "daily_export",
    description: "Exports the orders of the day before its scheduled time.",
    input: z.object({
      folder: z.string().min(1).default(join(tmpdir(), "almanac-export")).describe("Where the files of the days are"),
    }),
    cron: "0 2 * * *",
    timezone: "UTC",
    tags: ["example"],
  },
  async ({ folder }) => {
    const scheduledAt = Date.parse(runContext().scheduledTime ?? new Date().toISOString());
    const to = new Date(Math.floor(scheduledAt / dayMs) * dayMs).toISOString();
    const from = new Date(Date.parse(to) - dayMs).toISOString();
    const day = from.slice(0, 10);
    return { day, ...(await load(folder, day, await extract(from, to))) };
  },
);
