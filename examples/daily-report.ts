/**
 * A report every weekday at 08:30 in Berlin, in three steps: whatever is interrupted, finished steps are not done again.
 *
 *   almanac workflows run daily_report --module examples/daily-report.ts --input '{"folder":"/tmp/reports"}' --wait
 *   almanac scheduler run --module examples/daily-report.ts
 */
import { mkdir, writeFile } from "node:fs/promises";
import { homedir, loadavg, totalmem, uptime } from "node:os";
import { join } from "node:path";
import { log, OverlapPolicy, runContext, scheduledWorkflow, step, z } from "almanac";

const collect = step("collect", async () => ({
  load: loadavg(),
  memoryMb: Math.round(totalmem() / 1024 ** 2),
  uptimeHours: Math.round(uptime() / 360) / 10,
}));

const render = step("render", async (day: string, figures: Awaited<ReturnType<typeof collect>>) =>
  [
    `# Report of ${day}`,
    "",
    `- load: ${figures.load.map((value) => value.toFixed(2)).join(", ")}`,
    `- memory: ${figures.memoryMb} MiB`,
    `- up for ${figures.uptimeHours} hours`,
    "",
  ].join("\n"),
);

const save = step(
  "save",
  async (folder: string, day: string, text: string) => {
    await mkdir(folder, { recursive: true });
    const file = join(folder, `${day}.md`);
    await writeFile(file, text);
    return file;
  },
  { maxRetries: 3, retryDelay: "2s", timeout: "30s" },
);

export const dailyReport = scheduledWorkflow(
  {
    name: "daily_report",
    description: "Writes a report about this machine into a folder.",
    input: z.object({
      folder: z.string().min(1).default(join(homedir(), "reports")).describe("Where reports are written"),
    }),
    calendar: { dayOfWeek: "mon-fri", times: ["08:30"] },
    timezone: "Europe/Berlin",
    overlapPolicy: OverlapPolicy.BufferOne,
    catchup: "latest",
    tags: ["example"],
  },
  async ({ folder }) => {
    const day = (runContext().scheduledTime ?? new Date().toISOString()).slice(0, 10);
    const file = await save(folder, day, await render(day, await collect()));
    log("wrote", file);
    return { day, file };
  },
);
