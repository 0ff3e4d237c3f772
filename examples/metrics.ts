/**
 * Figures of this machine every 10 seconds, appended to a file. With `skip` a slow collection leaves out the times that
 * pass meanwhile instead of piling up; the schedule's page counts them.
 *
 *   almanac scheduler run --module examples/metrics.ts --duration 60
 */
import { appendFile, mkdir } from "node:fs/promises";
import { freemem, loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { OverlapPolicy, runContext, scheduledWorkflow, step, z } from "almanac";

const collect = step("collect", async () => ({ load: loadavg()[0] ?? 0, freeMb: Math.round(freemem() / 1024 ** 2) }));

const store = step("store", async (file: string, line: string) => {
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, line);
});

export const collectMetrics = scheduledWorkflow(
  {
    name: "collect_metrics",
    description: "Appends load and free memory to a file.",
    input: z.object({
      file: z.string().min(1).default(join(tmpdir(), "almanac-metrics.csv")).describe("The file that is appended to"),
    }),
    interval: "10s",
    overlapPolicy: OverlapPolicy.Skip,
    tags: ["example"],
  },
  async ({ file }) => {
    const figures = await collect();
    await store(file, `${runContext().scheduledTime ?? new Date().toISOString()},${figures.load},${figures.freeMb}\n`);
    return figures;
  },
);
