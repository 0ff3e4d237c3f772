import type { Command } from "commander";
import { describeEntry, type Exclusion } from "../../../shared/schedule/index.ts";
import { leaf, noun } from "../command.ts";
import { withApp } from "../context.ts";
import { type CliIo, inertLine, localTime, plural, printTable } from "../output.ts";
import { readText } from "../values.ts";

/** How many of each kind a person is shown. */
const shown = 100;

export function addCalendars(program: Command, io: CliIo): void {
  const calendars = noun(program, "calendars", "exclusion calendars: days and times at which schedules do not run", [
    "calendars list",
    "calendars import holidays ./holidays.ics",
    "calendars show holidays --from 2027-01-01 --to 2027-12-31",
  ]);

  leaf(calendars, "list", "all calendars, and how many schedules name each", ["calendars list --json"]).action(
    async (_local: object, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        const found = await api.calendars.list();
        show({ calendars: found }, () =>
          printTable(
            io,
            [
              { title: "Name", cell: (calendar) => calendar.name },
              { title: "Entries", cell: (calendar) => String(calendar.entries.length) },
              { title: "Schedules", cell: (calendar) => String(calendar.usedBy) },
              { title: "Changed", cell: (calendar) => localTime(io, calendar.updatedAt) },
              { title: "Read from", cell: ({ source }) => [source?.url, source?.problem].filter(Boolean).join(": ") },
            ],
            found,
          ),
        );
      });
    },
  );

  leaf(
    calendars,
    "import <name> <file>",
    "make or replace a calendar from an iCalendar file (`-`: standard input), or an address that is read again each day",
    [
      "calendars import holidays ./holidays.ics",
      "calendars import holidays https://example.org/holidays.ics",
      "curl -s https://example.org/holidays.ics | almanac calendars import holidays -",
    ],
  ).action(async (name: string, file: string, _local: object, command: Command) => {
    const isAddress = /^(?:https?|webcals?):\/\//i.test(file);
    const text = isAddress ? "" : readText("file", file);
    await withApp(io, command, {}, async ({ api, show }) => {
      const { notes, ...calendar } = isAddress
        ? await api.calendars.follow({ name, url: file })
        : await api.calendars.importICal({ name, text });
      if (!isAddress) {
        await api.calendars.save({ name: calendar.name, entries: calendar.entries as Exclusion[] });
        await api.calendars.unfollow({ name });
      }
      const { dates, windows, rules } = await api.calendars.show({ name });
      show({ name, dates: dates.length, windows: windows.length, rules: rules.length, notes }, (made) => {
        for (const note of notes) io.err.write(`${inertLine(note)}\n`);
        io.out.write(
          `${inertLine(name)}: ${plural(made.dates, "day")}, ${plural(made.windows, "window")}, ${plural(made.rules, "rule")}\n`,
        );
      });
    });
  });

  leaf(calendars, "show <name>", "the days, windows and rules of a calendar", [
    "calendars show holidays",
    "calendars show holidays --from 2027-01-01 --to 2027-12-31 --json",
  ])
    .option("--from <date>", "first day")
    .option("--to <date>", "last day (included)")
    .action(async (name: string, local: { from?: string; to?: string }, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        show(await api.calendars.show({ name, ...local }), ({ dates, windows, rules }) => {
          const print = (lines: readonly string[]): void => {
            for (const line of lines.slice(0, shown)) io.out.write(`${inertLine(line)}\n`);
            if (lines.length > shown) io.out.write(`and ${lines.length - shown} more\n`);
          };
          print(dates);
          print(windows.map(({ from, to, timezone }) => `${from} to ${to}${timezone ? ` (${timezone})` : ""}`));
          print(
            rules.map(
              (rule) => `${describeEntry(rule, "exclude")}${rule.comment === undefined ? "" : ` (${rule.comment})`}`,
            ),
          );
          if (dates.length + windows.length + rules.length === 0) io.out.write("nothing\n");
        });
      });
    });

  leaf(calendars, "delete <name>", "delete a calendar that no schedule names", ["calendars delete holidays"]).action(
    async (name: string, _local: object, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        show(await api.calendars.delete({ name }), () => io.out.write(`${inertLine(name)} is deleted\n`));
      });
    },
  );
}
