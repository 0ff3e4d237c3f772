import type { Command } from "commander";
import { type Backfill, backfillStatuses } from "../../../shared/domain/backfill.ts";
import { invalidField } from "../../../shared/domain/errors.ts";
import { leaf, noun } from "../command.ts";
import { type Session, withApp } from "../context.ts";
import { type CliIo, localTime, paint, paintStatus, printFields, printTable, timeLeftText } from "../output.ts";
import { oneOf, wholeNumber } from "../values.ts";

/** Occurrences of a range by what there was for them before. */
export const existingText = (existing: Backfill["existing"]): string =>
  Object.entries(existing)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => (state === "none" ? `${count} never ran` : `${count} ${state}`))
    .join(", ") || "nothing";

export function printBackfill(io: CliIo, backfill: Backfill): void {
  printFields(io, {
    backfill: backfill.backfillId,
    schedule: backfill.scheduleId,
    status: paintStatus(io, backfill.status),
    from: localTime(io, backfill.from),
    to: localTime(io, backfill.to),
    existing: existingText(backfill.existing),
    runs:
      backfill.total === 0
        ? "none: nothing of the range was left to run"
        : `${backfill.total}: ${backfill.completed} completed, ${backfill.failed} failed, ${backfill.cancelled} cancelled, ${backfill.remaining} remaining`,
    "time left": backfill.timeLeftMs === null ? undefined : timeLeftText(backfill.timeLeftMs),
    "at a time": String(backfill.concurrency),
    order: `${backfill.order} first`,
    reprocess: backfill.reprocess,
    "stops after": backfill.maxFailures === null ? undefined : `${backfill.maxFailures} failures`,
    created: `${localTime(io, backfill.createdAt)} by ${backfill.createdBy}`,
    ended: backfill.completedAt === null ? undefined : localTime(io, backfill.completedAt),
    zone: io.zone,
  });
}

export function addBackfills(program: Command, io: CliIo): void {
  const backfills = noun(program, "backfills", "backfills and their progress", [
    "backfills list --status running",
    "backfills pause 01J8Z",
  ]);

  leaf(backfills, "list", "backfills, newest first", [
    "backfills list",
    "backfills list --schedule report --status running",
  ])
    .option("--schedule <id>", "only of this schedule")
    .option("--status <status>", backfillStatuses.join(", "), oneOf(backfillStatuses))
    .option("--limit <number>", "at most so many", wholeNumber(1, 1000), 50)
    .option("--offset <number>", "leave out the first ones", wholeNumber(0), 0)
    .action(
      async (
        local: { schedule?: string; status?: Backfill["status"]; limit: number; offset: number },
        command: Command,
      ) => {
        await withApp(io, command, {}, async ({ api, show }) => {
          const { rows, total } = await api.backfills.list({
            scheduleId: local.schedule,
            status: local.status,
            limit: local.limit,
            offset: local.offset,
          });
          show({ backfills: rows, total }, () => {
            printTable(
              io,
              [
                { title: "Backfill", cell: (row) => row.backfillId },
                { title: "Schedule", cell: (row) => row.scheduleId },
                { title: "Status", cell: (row) => row.status, paint: (text) => paintStatus(io, text) },
                { title: "From", cell: (row) => localTime(io, row.from) },
                { title: "To", cell: (row) => localTime(io, row.to) },
                {
                  title: "Done",
                  cell: (row) => `${row.completed + row.failed + row.cancelled}/${row.total}`,
                  right: true,
                },
                { title: "Failed", cell: (row) => String(row.failed), right: true },
              ],
              rows,
            );
            io.out.write(paint(io, "gray", `${rows.length} of ${total} backfills, times in ${io.zone}\n`));
          });
        });
      },
    );

  const verb = (
    nameAndArguments: string,
    description: string,
    examples: readonly string[],
    act: (api: Session["api"], backfillId: string, options: Record<string, unknown>) => Promise<Backfill>,
  ): Command =>
    leaf(backfills, nameAndArguments, description, examples).action(
      async (backfillId: string, local: Record<string, unknown>, command: Command) => {
        await withApp(io, command, {}, async ({ api, show }) =>
          show(await act(api, backfillId, local), (backfill) => printBackfill(io, backfill)),
        );
      },
    );

  verb("show <id>", "one backfill", ["backfills show 01J8Z"], (api, backfillId) => api.backfills.get({ backfillId }));
  verb("pause <id>", "start no more of its runs", ["backfills pause 01J8Z"], (api, backfillId) =>
    api.backfills.pause({ backfillId }),
  );
  verb("resume <id>", "go on", ["backfills resume 01J8Z"], (api, backfillId) => api.backfills.resume({ backfillId }));
  verb("rerun <id>", "run the failed and cancelled ones again", ["backfills rerun 01J8Z"], (api, backfillId) =>
    api.backfills.rerun({ backfillId }),
  );
  verb(
    "cancel <id>",
    "start no more; what runs may finish, or is cancelled too",
    ["backfills cancel 01J8Z", "backfills cancel 01J8Z --running cancel"],
    (api, backfillId, local) =>
      api.backfills.cancel({ backfillId, running: (local["running"] as "finish" | "cancel" | undefined) ?? "finish" }),
  ).option("--running <what>", "finish (default) or cancel", oneOf(["finish", "cancel"] as const));
  verb(
    "set <id>",
    "change it while it runs",
    ["backfills set 01J8Z --concurrency 4", "backfills set 01J8Z --max-failures 10"],
    (api, backfillId, local) => {
      const concurrency = local["concurrency"] as number | undefined;
      const maxFailures = local["maxFailures"] as number | undefined;
      if (concurrency === undefined && maxFailures === undefined) {
        throw invalidField("concurrency", undefined, "--concurrency or --max-failures is expected");
      }
      return api.backfills.set({
        backfillId,
        ...(concurrency === undefined ? {} : { concurrency }),
        ...(maxFailures === undefined ? {} : { maxFailures: maxFailures === 0 ? null : maxFailures }),
      });
    },
  )
    .option("--concurrency <number>", "runs at a time", wholeNumber(1, 1000))
    .option("--max-failures <number>", "stop after so many; 0: never", wholeNumber(0));
}
