import type { Command } from "commander";
import { type Backfill, type BackfillPlan, backfillOrders, reprocessModes } from "../../../shared/domain/backfill.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import { overlapPolicies } from "../../../shared/domain/schedule.ts";
import { leaf } from "../command.ts";
import { confirmed } from "../confirm.ts";
import { withApp } from "../context.ts";
import { waitForBackfill } from "../following.ts";
import { type CliIo, localTime, printFields } from "../output.ts";
import { existingPath, instant, jsonValue, oneOf, wholeNumber } from "../values.ts";
import { existingText, printBackfill } from "./backfills.ts";

interface BackfillOptions {
  from: string;
  to: string;
  dryRun?: boolean;
  reprocess?: (typeof reprocessModes)[number];
  order?: (typeof backfillOrders)[number];
  concurrency?: number;
  overlap?: (typeof overlapPolicies)[number];
  maxFailures?: number;
  input?: string;
  yes?: boolean;
  wait?: boolean;
}

function printPlan(io: CliIo, plan: BackfillPlan): void {
  printFields(io, {
    from: localTime(io, plan.from),
    to: `${localTime(io, plan.to)}${plan.toWasCut ? " (cut to now)" : ""}`,
    occurrences: String(plan.occurrences),
    "would run": String(plan.count),
    first: localTime(io, plan.first),
    last: localTime(io, plan.last),
    existing: existingText(plan.existing),
    zone: io.zone,
  });
}

export function addBackfillCommand(schedules: Command, io: CliIo): void {
  leaf(schedules, "backfill <id>", "run the occurrences of a past range", [
    "schedules backfill report --from 2026-01-01 --to 2026-02-01 --dry-run",
    "schedules backfill report --from 2026-01-01T00:00:00Z --to 2026-01-02T00:00:00Z --reprocess failed --wait",
  ])
    .requiredOption("--from <time>", "first instant (included); a date is in the schedule's zone")
    .requiredOption("--to <time>", "end of the range (not included)")
    .option("--dry-run", "say what would run, and write nothing")
    .option("--reprocess <mode>", "none (only what did not run), failed (these too), all", oneOf(reprocessModes))
    .option("--order <order>", "which go first: oldest (default) or newest", oneOf(backfillOrders))
    .option("--concurrency <number>", "runs at a time", wholeNumber(1, 1000))
    .option("--overlap <policy>", `for the backfill's own runs: ${overlapPolicies.join(", ")}`, oneOf(overlapPolicies))
    .option("--max-failures <number>", "stop after so many", wholeNumber(1))
    .option("--input <json>", "in place of the schedule's input (or @FILE)")
    .option("--module <path>", "load workflows from a file or folder (repeatable)", existingPath)
    .option("--yes", "yes to more than 1,000 runs")
    .option("--wait", "wait until it has ended; fires schedules meanwhile if nobody else does")
    .action(async (scheduleId: string, local: BackfillOptions, command: Command) => {
      const role = local.wait === true ? "engine" : "client";
      await withApp(io, command, { role, loadWorkflows: true }, async ({ app, api, show }) => {
        const zone = (await api.schedules.get({ scheduleId })).spec.timezone ?? "UTC";
        const range = {
          scheduleId,
          from: instant("from", local.from, zone),
          to: instant("to", local.to, zone),
          ...(local.reprocess === undefined ? {} : { reprocess: local.reprocess }),
          ...(local.order === undefined ? {} : { order: local.order }),
        };
        if (local.dryRun === true) {
          const plan = await api.backfills.plan({ ...range, limit: 0 });
          const { count, first, last, existing, occurrences, from, to, toWasCut } = plan;
          show({ count, first, last, existing, occurrences, from, to, toWasCut }, () => printPlan(io, plan));
          return;
        }
        const request = {
          ...range,
          ...(local.concurrency === undefined ? {} : { concurrency: local.concurrency }),
          ...(local.overlap === undefined ? {} : { overlapPolicy: local.overlap }),
          ...(local.maxFailures === undefined ? {} : { maxFailures: local.maxFailures }),
          ...(local.input === undefined ? {} : { input: jsonValue("input", local.input) }),
          ...(local.yes === undefined ? {} : { confirmed: local.yes }),
        };
        const made = await api.backfills.create(request).catch(async (error: unknown) => {
          const cause = error instanceof Error ? error.cause : undefined;
          const asks = cause instanceof AppError && cause.code === "CONFIRMATION_REQUIRED";
          if (!asks) throw error;
          if (await confirmed(io, cause.message)) return api.backfills.create({ ...request, confirmed: true });
          throw new AppError(cause.code, `${cause.message}: add --yes`, { issues: cause.issues });
        });
        const print = (backfill: Backfill): void => printBackfill(io, backfill);
        if (local.wait !== true || made.status === "completed") return show(made, print);
        await app.start();
        const ended = await waitForBackfill(io, app, made.backfillId);
        if (ended.status !== "completed" || ended.failed > 0) process.exitCode = 1;
        show(ended, print);
      });
    });
}
