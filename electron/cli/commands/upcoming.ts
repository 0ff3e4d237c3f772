import type { Command } from "commander";
import { leaf } from "../command.ts";
import { withApp } from "../context.ts";
import { type CliIo, inertLine, localTime, paint, plural, printTable } from "../output.ts";
import { wholeNumber } from "../values.ts";

/** `2h 5m` from now on. */
function leftText(at: string, nowAt: number): string {
  const minutes = Math.max(0, Math.round((Date.parse(at) - nowAt) / 60_000));
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (days > 0) return `${days}d ${hours}h`;
  return hours > 0 ? `${hours}h ${rest}m` : `${rest}m`;
}

export function addUpcoming(program: Command, io: CliIo): void {
  leaf(program, "upcoming", "what fires next, over all schedules", [
    "upcoming",
    "upcoming --hours 48 --limit 20 --json",
    "export --format ical --days 30 --file upcoming.ics",
  ])
    .option("--hours <number>", "how far ahead", wholeNumber(1, 24 * 366), 24)
    .option("--limit <number>", "how many at most", wholeNumber(1, 10_000), 50)
    .action(async (local: { hours: number; limit: number }, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        const nowAt = Date.now();
        const { upcoming, more } = await api.schedules.upcomingOfAll(local);
        show({ upcoming, more }, () => {
          if (upcoming.length === 0) {
            io.out.write(`nothing fires within ${plural(local.hours, "hour")}\n`);
            return;
          }
          printTable(
            io,
            [
              { title: "At", cell: ({ at }) => localTime(io, at) },
              { title: "Left", cell: ({ at }) => leftText(at, nowAt) },
              { title: "Schedule", cell: ({ scheduleId }) => scheduleId },
              { title: "Name", cell: ({ scheduleId, name }) => (name === scheduleId ? "" : inertLine(name)) },
            ],
            upcoming,
          );
          const cut = more ? ", and more: --limit takes a larger number" : "";
          io.out.write(
            paint(
              io,
              "gray",
              `${plural(upcoming.length, "run")} within ${plural(local.hours, "hour")}${cut}, times in ${io.zone}\n`,
            ),
          );
        });
      });
    });
}
