import type { ImportFormat } from "../../../../shared/api/exchange.ts";

/** A file that somebody who means harm, or a broken program, may hand to an import. */
export interface HostileFile {
  what: string;
  format: ImportFormat | "icalendar";
  text: () => string;
}

const event = (...lines: string[]): string => `BEGIN:VEVENT\r\n${lines.join("\r\n")}\r\nEND:VEVENT`;
const calendar = (...events: string[]): string =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${events.join("\r\n")}\r\nEND:VCALENDAR\r\n`;
const ruled = (rule: string, start = "DTSTART;VALUE=DATE:20260101"): string =>
  calendar(event("UID:1", start, `RRULE:${rule}`));

const timed = "DTSTART:20000101T000000Z";

export const hostileFiles: readonly HostileFile[] = [
  { what: "YAML of 300,000 keys", format: "yaml", text: () => lines(300_000, (i) => `key${i}: ${i}`) },
  { what: "a bomb of YAML aliases", format: "yaml", text: aliasBomb },
  { what: "YAML nested 100,000 deep", format: "yaml", text: () => "[".repeat(100_000) },
  { what: "YAML maps nested 20,000 deep", format: "yaml", text: () => "{a: ".repeat(20_000) },
  { what: "JSON nested a million deep", format: "json", text: () => "[".repeat(1_000_000) + "]".repeat(1_000_000) },
  { what: "JSON of a million empty lists", format: "json", text: () => `[${"[],".repeat(1_000_000)}[]]` },
  { what: "YAML of a million empty lists", format: "yaml", text: () => lines(1_000_000, () => "- []") },
  { what: "a cron expression of 1 MB", format: "crontab", text: () => `${"1,".repeat(500_000)}1 * * * * x` },
  { what: "a duration of 1 MB", format: "json", text: () => spec({ interval: "1h".repeat(500_000) }) },
  { what: "a crontab of one line of 4 MB", format: "crontab", text: () => `* * * * * ${"%".repeat(4_000_000)}` },
  { what: "a bomb of XML entities", format: "taskscheduler", text: () => `${entityBomb()}<Task>&l9;</Task>` },
  {
    what: "a bomb of entities in a property list",
    format: "launchd",
    text: () => `${entityBomb()}<plist>&l9;</plist>`,
  },
  { what: "XML nested 100,000 deep", format: "taskscheduler", text: () => "<Task>".repeat(100_000) },
  { what: "a property list nested 100,000 deep", format: "launchd", text: () => `<plist>${"<array>".repeat(100_000)}` },
  { what: "a property list of braces", format: "launchd", text: () => "{".repeat(1_000_000) },
  { what: "a task of 200,000 triggers", format: "taskscheduler", text: manyTriggers },
  {
    what: "a unit of one line of 4 MB",
    format: "systemd",
    text: () => `[Timer]\nOnCalendar=${"*-".repeat(2_000_000)}`,
  },
  {
    what: "a unit that goes on for 500,000 lines",
    format: "systemd",
    text: () => `[Timer]\n${"a=\\\n".repeat(500_000)}`,
  },
  { what: "a crontab of 200,000 variables", format: "crontab", text: () => lines(200_000, (i) => `V${i}=${i}`) },
  { what: "a rule of huge steps", format: "icalendar", text: () => ruled("FREQ=WEEKLY;INTERVAL=99999999999") },
  { what: "a rule of huge steps of months", format: "icalendar", text: () => ruled("FREQ=MONTHLY;INTERVAL=999999999") },
  { what: "a rule of every second", format: "icalendar", text: () => ruled("FREQ=SECONDLY", timed) },
  { what: "a rule with a huge count", format: "icalendar", text: () => ruled("FREQ=MINUTELY;COUNT=999999999", timed) },
  {
    what: "a rule that no date fits",
    format: "icalendar",
    text: () => ruled("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
  },
  {
    what: "a rule of many parts",
    format: "icalendar",
    text: () => ruled(`FREQ=YEARLY;BYSECOND=${list(60)};BYMINUTE=${list(60)};BYHOUR=${list(24)}`, timed),
  },
  {
    what: "a calendar of 20,000 rules",
    format: "icalendar",
    text: () =>
      calendar(...Array.from({ length: 20_000 }, (_, i) => event(`UID:${i}`, timed, "RRULE:FREQ=DAILY;BYHOUR=1,2,3"))),
  },
  { what: "events nested 50,000 deep", format: "icalendar", text: () => "BEGIN:VEVENT\r\n".repeat(50_000) },
  { what: "a line of 4 MB", format: "icalendar", text: () => calendar(event(`SUMMARY:${"x".repeat(4_000_000)}`)) },
];

function lines(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join("\n");
}

const list = (count: number): string => Array.from({ length: count }, (_, i) => i).join(",");

const spec = (value: object): string =>
  JSON.stringify([{ scheduleId: "a", workflowName: "shell.command", spec: value, input: { command: "true" } }]);

function entityBomb(): string {
  const levels = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`);
  return `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "x">${levels.join("")}]>`;
}

function manyTriggers(): string {
  const trigger = "<BootTrigger/>".repeat(200_000);
  return `<Task><Triggers>${trigger}</Triggers></Task>`;
}

function aliasBomb(): string {
  const levels = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(", ")}]`);
  return `l0: &l0 x\n${levels.join("\n")}\nschedules: *l12\n`;
}
