// Schedule arithmetic beside the libraries: one next run, a year of minutes, and counting.
import { CronExpressionParser } from "cron-parser";
import { parseCronExpression } from "cron-schedule";
import { Cron } from "croner";
import nodeCron from "node-cron";
import rrule from "rrule";
import {
  compileSpec,
  countBetween,
  countByLocalDay,
  nextOccurrence,
  occurrencesBetween,
  parseSpec,
  type ScheduleSpec,
  whyNeverFires,
} from "../shared/schedule/index.ts";
import { type Bench, type BenchTable, runAsProgram, versionOf } from "./lib/report.ts";

const FROM = Date.parse("2026-01-01T00:00:00Z");
const TO = Date.parse("2027-01-01T00:00:00Z");
const PEERS = ["cron-schedule", "croner", "cron-parser", "node-cron", "rrule"] as const;

/** Starts spread over the year, the same in every run. */
function starts(count: number): number[] {
  let seed = 42;
  return Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return FROM + Math.floor((seed / 0x1_0000_0000) * (TO - FROM));
  });
}

/** Calls per second over about `forMs`, the best of three. */
function rate(call: (at: number) => unknown, forMs: number): number {
  const list = starts(256);
  let best = 0;
  for (let round = 0; round < 3; round++) {
    let calls = 0;
    const begun = performance.now();
    let now = begun;
    // Slow peers would overrun the time by far if the clock were read only after a whole list.
    while (now - begun < forMs / 3) {
      const chunk = calls === 0 || (now - begun) / calls > 0.05 ? 1 : list.length;
      for (let i = 0; i < chunk; i++) call(list[(calls + i) % list.length] as number);
      calls += chunk;
      now = performance.now();
    }
    best = Math.max(best, (calls / (now - begun)) * 1000);
  }
  return best;
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Runs something with the process's own zone set, for the library that knows no other. */
function inZone<T>(zone: string, run: () => T): T {
  const before = process.env["TZ"];
  process.env["TZ"] = zone;
  try {
    return run();
  } finally {
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;
  }
}

function nextTable(quick: boolean): BenchTable {
  const forMs = quick ? 150 : 600;
  const rows: (string | number)[][] = [];
  const zones = ["UTC", "America/New_York", "Australia/Lord_Howe"];
  const expressions = [
    "* * * * *",
    "*/5 * * * *",
    "30 2 * * *",
    "0 9 * * 1-5",
    "0 0 1 * *",
    "0 12 13 * 5",
    "0 0 29 2 *",
  ];
  for (const zone of zones) {
    for (const expression of expressions) {
      const compiled = compileSpec(parseSpec({ cron: expression, timezone: zone }), { anchorAt: FROM });
      const ours = rate((at) => nextOccurrence(compiled, at), forMs);
      const schedule = inZone(zone, () => {
        const cron = parseCronExpression(expression);
        return rate((at) => cron.getNextDate(new Date(at)), forMs);
      });
      const cron = new Cron(expression, { timezone: zone, paused: true });
      const croner = rate((at) => cron.nextRun(new Date(at)), forMs);
      const parser = rate((at) => {
        try {
          return CronExpressionParser.parse(expression, { tz: zone, currentDate: new Date(at) }).next();
        } catch {
          // It throws at some of Lord Howe Island's clock changes.
          return null;
        }
      }, forMs);
      rows.push([
        `${expression}  ${zone}`,
        thousands(ours),
        thousands(schedule),
        thousands(croner),
        thousands(parser),
        (ours / schedule).toFixed(1),
        thousands(ours / croner),
      ]);
    }
  }
  const own: [string, ScheduleSpec][] = [
    [
      "weekdays at two times, 2 calendar entries",
      {
        calendar: [
          { dayOfWeek: "mon-fri", times: ["08:30", "14:45"] },
          { dayOfWeek: "sat", every: "15m", between: ["10:01", "18:02"] },
        ],
      },
    ],
    [
      "the same less holidays and a window",
      {
        calendar: [
          { dayOfWeek: "mon-fri", times: ["08:30", "14:45"] },
          { dayOfWeek: "sat", every: "15m", between: ["10:01", "18:02"] },
        ],
        exclude: [{ month: 12, dayOfMonth: "24-31" }, "2026-05-01", { dayOfWeek: "sat", between: ["12:00", "13:00"] }],
      },
    ],
    ["second Tuesday, last weekday", { calendar: [{ dayOfWeek: "tue", weekOfMonth: 2 }, { dayOfMonth: "LW" }] }],
    ["interval 90m", { interval: "90m" }],
    ["interval 1d (local time kept)", { interval: "1d" }],
    ["cron + calendar + interval", { cron: "0 * * * *", calendar: { hour: 3, minute: 15 }, interval: "7m" }],
  ];
  for (const [label, spec] of own) {
    const compiled = compileSpec(parseSpec({ ...spec, timezone: "America/New_York" }), { anchorAt: FROM });
    rows.push([label, thousands(rate((at) => nextOccurrence(compiled, at), forMs)), "", "", "", "", ""]);
  }
  return {
    title: "next: calls per second, parsed spec, random starts in 2026",
    columns: ["spec", "almanac", "cron-schedule", "croner", "cron-parser", "× cron-schedule", "× croner"],
    rows,
    notes: [
      "cron-schedule knows only the process's own zone, which was set for it; cron-parser has no parsed form that takes another start, so it parses each time.",
    ],
  };
}

/** Wall time of the fastest of some runs, ms. */
function fastest(run: () => unknown, times: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const begun = performance.now();
    run();
    best = Math.min(best, performance.now() - begun);
  }
  return best;
}

function yearTable(quick: boolean): BenchTable {
  const zone = "America/New_York";
  const compiled = compileSpec(parseSpec({ cron: "* * * * *", timezone: zone }), { anchorAt: FROM });
  const first = fastest(
    () => occurrencesBetween(compileSpec({ cron: "* * * * *", timezone: zone }, { anchorAt: FROM }), FROM, TO),
    1,
  );
  const ours = fastest(() => occurrencesBetween(compiled, FROM, TO), 9);
  const found = occurrencesBetween(compiled, FROM, TO).length;
  const rows: (string | number)[][] = [
    ["almanac, first call", first.toFixed(1), found, "", ""],
    ["almanac", ours.toFixed(1), found, "1.0", ""],
  ];
  const add = (name: string, part: number, run: (to: number) => number) => {
    const to = FROM + (TO - FROM) / part;
    const begun = performance.now();
    const count = run(to);
    const ms = (performance.now() - begun) * part;
    rows.push([
      name,
      ms.toFixed(part === 1 ? 1 : 0),
      count,
      (ms / ours).toFixed(1),
      part === 1 ? "" : `1/${part} of the year, scaled`,
    ]);
  };
  const part = quick ? 48 : 1;
  inZone(zone, () => {
    const cron = parseCronExpression("* * * * *");
    const run = (to: number) => {
      const list: Date[] = [];
      for (const date of cron.getNextDatesIterator(new Date(FROM - 1), new Date(to - 1))) list.push(date);
      return list.length;
    };
    run(FROM + 86_400_000);
    add("cron-schedule", 1, run);
  });
  add("cron-parser", part, (to) => {
    const cron = CronExpressionParser.parse("* * * * *", {
      tz: zone,
      currentDate: new Date(FROM - 1),
      endDate: new Date(to - 1),
    });
    let count = 0;
    while (cron.hasNext()) {
      cron.next();
      count++;
    }
    return count;
  });
  add("croner", part, (to) => {
    const cron = new Cron("* * * * *", { timezone: zone, paused: true });
    let count = 0;
    for (let at = cron.nextRun(new Date(FROM - 1)); at !== null && at.getTime() < to; at = cron.nextRun(at)) count++;
    return count;
  });
  add("node-cron", part, (to) => {
    // It counts from now only, so it is asked for as many.
    const task = nodeCron.createTask("* * * * *", () => undefined, { timezone: zone });
    void task.start();
    const count = task.getNextRuns(Math.round((to - FROM) / 60_000)).length;
    void task.destroy();
    return count;
  });
  add("rrule", part * (quick ? 4 : 12), (to) => {
    const rule = new rrule.RRule({
      freq: rrule.RRule.MINUTELY,
      dtstart: new Date(FROM),
      until: new Date(to - 1),
      tzid: zone,
    });
    return rule.all().length;
  });
  return {
    title: `between: every minute of 2026, ${zone}`,
    columns: ["", "ms", "instants", "× almanac", "measured"],
    rows,
  };
}

function countTable(): BenchTable {
  const zone = "America/New_York";
  const cases: [string, ScheduleSpec, number, number][] = [
    ["a year of minutes", { cron: "* * * * *" }, FROM, TO],
    ["a year of seconds", { cron: "* * * * * *" }, FROM, TO],
    ["a year of seconds, interval", { interval: "1s" }, FROM, TO],
    [
      "a year of minutes less weekends and lunch",
      { interval: "1m", exclude: [{ dayOfWeek: "sat,sun" }, { between: ["12:00", "13:00"] }] },
      FROM,
      TO,
    ],
    ["a year of minutes and an interval of 7m", { cron: "* * * * *", interval: "7m" }, FROM, TO],
    ["a year of minutes in two zones", { cron: ["* * * * *", "CRON_TZ=Asia/Tokyo * * * * *"] }, FROM, TO],
    ["a year of seconds and an interval of 1s", { cron: "* * * * * *", interval: "1s" }, FROM, TO],
    ["a year of seconds in two zones", { cron: ["* * * * * *", "CRON_TZ=Asia/Tokyo * * * * * *"] }, FROM, TO],
    [
      "a year of seconds by three intervals less lunch",
      { interval: ["1s", "2s", "3s"], exclude: { between: ["12:00", "13:00"] } },
      FROM,
      TO,
    ],
    ["a hundred years of minutes", { cron: "* * * * *" }, FROM, FROM + 36_525 * 86_400_000],
  ];
  const rows = cases.map(([label, spec, from, to]) => {
    const build = () => compileSpec({ ...spec, timezone: zone }, { anchorAt: FROM });
    const first = fastest(() => countBetween(build(), from, to), 1);
    const compiled = build();
    const again = fastest(() => countBetween(compiled, from, to), 9);
    return [label, first.toFixed(2), again.toFixed(3), thousands(countBetween(compiled, from, to))];
  });
  const byDay = compileSpec({ cron: "* * * * *", timezone: zone }, { anchorAt: FROM });
  rows.push([
    "a year of minutes, by local day",
    "",
    fastest(() => countByLocalDay(byDay, FROM, TO), 9).toFixed(3),
    "365 days",
  ]);
  const never: [string, ScheduleSpec][] = [
    ["never fires: 30 February", { calendar: { month: 2, dayOfMonth: 30 } }],
    ["never fires: each minute, all excluded", { interval: "1m", exclude: [{ dayOfWeek: "*" }] }],
    ["never fires: each minute, each second excluded", { interval: "1m", exclude: { hour: "*", minute: "*" } }],
    [
      "never fires: every 7 minutes, each minute of the day excluded by itself",
      {
        interval: "7m",
        exclude: Array.from({ length: 1440 }, (_, i) => ({ hour: Math.floor(i / 60), minute: i % 60, second: "*" })),
      },
    ],
    [
      "never fires: each weekday excluded by itself but for its last seconds",
      {
        interval: "7m",
        exclude: Array.from({ length: 7 }, (_, day) => ({ dayOfWeek: day, between: ["00:00", `23:59:5${day}`] })),
      },
    ],
    [
      "never fires: every second year, and the others",
      { cron: "0 9 * * *", exclude: [{ year: "*/2" }, { year: "1901-9999/2" }] },
    ],
    [
      "never fires: the same by times of day",
      {
        cron: "0 9 * * *",
        exclude: [
          { year: "*/2", hour: 9 },
          { year: "1901-9999/2", hour: "*" },
        ],
      },
    ],
  ];
  // Each in a zone that nothing has been asked of yet, as at a first start.
  const fresh = [
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Asia/Tehran",
    "Europe/Dublin",
    "Antarctica/Troll",
  ];
  for (const [i, [label, spec]] of never.entries()) {
    const zone = fresh[i] as string;
    const ms = fastest(() => whyNeverFires(compileSpec({ ...spec, timezone: zone }, { anchorAt: FROM }), FROM), 1);
    rows.push([label, ms.toFixed(2), "", ""]);
  }
  return { title: `count, ${zone}`, columns: ["", "first call, ms", "again, ms", "instants"], rows };
}

export const bench: Bench = {
  name: "spec",
  async run({ quick = false }) {
    const versions = PEERS.map((name) => `${name} ${versionOf(name)}`).join(", ");
    const tables = [nextTable(quick), yearTable(quick), countTable()];
    (tables[0] as BenchTable).notes?.push(versions);
    return tables;
  },
};

await runAsProgram(bench);
