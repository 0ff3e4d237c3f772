import { userInfo } from "node:os";
import { buildBinary } from "plist";
import { describe, expect, it } from "vitest";
import { AppError } from "../../../../shared/domain/errors.ts";
import { compileSpec, nextOccurrence } from "../../../../shared/schedule/index.ts";
import { decodeFile, textFile } from "./decode.ts";
import { Found, type ImportFile } from "./found.ts";
import { readFiles } from "./readFiles.ts";
import { spanText } from "./systemd.ts";
import { splitArguments } from "./taskScheduler.ts";

const zone = "Europe/Berlin";
const nowAt = Date.UTC(2026, 10, 29);
const me = userInfo().username;
const someoneElse = me === "nobody" ? "root" : "nobody";

function read(...files: ImportFile[]) {
  const found = new Found();
  const { formats, documents } = readFiles(files, "auto", zone, found);
  const { schedules, skipped, invalid } = found;
  return { formats, documents, schedules, skipped, reasons: invalid.map(({ reason }) => reason), invalid };
}
const text = (name: string, ...lines: string[]): ImportFile => textFile(name, lines.join("\n"));

describe("a crontab", () => {
  it("of the system names a user, which is no part of the command", () => {
    const { schedules, reasons } = read(
      text(
        "/etc/cron.d/jobs",
        `17 *\t* * *\t${me}\tcd / && run-parts /etc/cron.hourly`,
        `@daily ${someoneElse} rotate`,
      ),
    );
    expect(schedules).toMatchObject([
      { input: { input: { command: "cd / && run-parts /etc/cron.hourly" } }, notes: [`it runs as ${me}, as you do`] },
    ]);
    expect(reasons).toEqual([expect.stringContaining(`it runs as ${someoneElse}`)]);
    // Without a name it is told by every line's sixth word.
    expect(read(text("", `0 5 * * * ${me} backup`)).schedules).toMatchObject([
      { input: { input: { command: "backup" } } },
    ]);
    expect(read(text("", `0 5 * * * ${me}`)).schedules).toMatchObject([{ input: { input: { command: me } } }]);
    expect(read(text("/home/me/crontab", "0 0 1 1 * true")).schedules).toMatchObject([
      { input: { input: { command: "true" } } },
    ]);
    expect(read(text("/etc/crontab", `0 0 1 1 * ${me} true`)).schedules).toMatchObject([
      { input: { input: { command: "true" } } },
    ]);
    expect(read(text("", `0 5 * * * ${me} backup`, "0 5 * * * other backup")).schedules).toMatchObject([
      { input: { input: { command: `${me} backup` } } },
      {},
    ]);
  });

  it("is read in the forms of cronie and BSD", () => {
    const { schedules, skipped, reasons } = read(
      text(
        "",
        "RANDOM_DELAY=5",
        "HOME=/srv",
        '"BIG NAME" = yes',
        "-*/15 * * * * quiet",
        "@600 -n -q poll",
        "*/5 * * * * -s one at a time",
        "@every_minute tick",
        "0 0 * * * mail",
        "0~59 3 * * * spread",
        "@reboot start",
        "@often x",
        "*/6 * * * * * seconds",
        "0 0 1 1 * 2027 year",
      ),
    );
    const inputs = schedules.map(({ input }) => [input.spec, (input.input as { command: string }).command]);
    expect(inputs).toEqual([
      [{ cron: "*/15 * * * *", timezone: zone, jitter: "5m" }, "quiet"],
      [{ interval: { every: "600s", from: "completion" }, timezone: zone, jitter: "5m" }, "poll"],
      [expect.anything(), "one at a time"],
      [{ cron: "* * * * *", timezone: zone, jitter: "5m" }, "tick"],
      [expect.anything(), "mail"],
      [expect.anything(), "spread"],
      [{ on: { boot: true }, timezone: zone, jitter: "5m" }, "start"],
    ]);
    expect(schedules[0]?.input).toMatchObject({ input: { cwd: "/srv", env: { HOME: "/srv", "BIG NAME": "yes" } } });
    expect(schedules.map(({ input }) => input.overlapPolicy)[2]).toBe("skip");
    expect(skipped).toEqual([]);
    expect(reasons).toEqual([
      expect.stringContaining("@often is no nickname"),
      expect.stringContaining("sixth word that is a field, *"),
      expect.stringContaining("sixth word that is a field, 2027"),
    ]);
  });

  const command = (text: string) => ({ input: { input: { command: text } } });
  it.each<[string, string, string, object]>([
    [
      "the user of a system's line, which is no part of the command",
      "/etc/crontab",
      `17 *\t* * *\t${me}\tcd / && run-parts --report /etc/cron.hourly`,
      {
        schedules: [
          {
            input: { spec: { cron: "17 * * * *" }, input: { command: "cd / && run-parts --report /etc/cron.hourly" } },
          },
        ],
        notes: [`it runs as ${me}, as you do`],
      },
    ],
    [
      "the user of a system's line by name, where it is another",
      "/etc/cron.d/hourly",
      `17 * * * * ${someoneElse} cd /`,
      { reasons: [expect.stringContaining(`it runs as ${someoneElse}`)] },
    ],
    [
      "a field of seconds, which is no command",
      "",
      "*/6 * * * * * echo starting",
      { reasons: [expect.stringContaining("a sixth word that is a field, *, is no command")] },
    ],
    [
      "a year, which is no command",
      "",
      "0 0 1 1 * 2027 cmd",
      { reasons: [expect.stringContaining("a sixth word that is a field, 2027, is no command")] },
    ],
    [
      "a line of anacron's, its delay and name told apart",
      "",
      "@monthly 45\tcron.monthly\t\tnice run-parts /etc/cron.monthly",
      {
        schedules: [{ input: { name: "cron.monthly", input: { command: "nice run-parts /etc/cron.monthly" } } }],
        notes: [expect.stringContaining("anacron runs it once in each period")],
      },
    ],
    [
      "a zone that is none",
      "",
      "CRON_TZ=BST\n0 9 * * * /bin/true",
      { reasons: [expect.stringContaining("CRON_TZ is BST: an IANA time zone")] },
    ],
    [
      "a step of a whole day",
      "",
      "0 */24 * * * cmd",
      { schedules: [command("cmd")], next: ["2026-11-29T23:00", "2026-11-30T23:00", "2026-12-01T23:00"] },
    ],
    [
      "odd days that are Mondays",
      "",
      "0 0 */2 * 1 cmd",
      { schedules: [command("cmd")], next: ["2026-12-06T23:00", "2026-12-20T23:00", "2027-01-10T23:00"] },
    ],
    [
      "the first Tuesday",
      "",
      "0 2 */100,1-7 * TUE cmd",
      { schedules: [command("cmd")], next: ["2026-12-01T01:00", "2027-01-05T01:00", "2027-02-02T01:00"] },
    ],
    ["every minute by name", "", "@every_minute cmd", { schedules: [{ input: { spec: { cron: "* * * * *" } } }] }],
    [
      "a random minute, and says so",
      "",
      "0~59 3 * * * cmd",
      { schedules: [command("cmd")], notes: [expect.stringContaining("~ is a value at random")] },
    ],
  ])("reads %s", (_what, name, line, wanted) => {
    const { schedules, reasons } = read(textFile(name, line));
    const next: string[] = [];
    for (const { input } of schedules) {
      const compiled = compileSpec(input.spec, { anchorAt: nowAt });
      for (let at = nextOccurrence(compiled, nowAt); at !== null && next.length < 3; at = nextOccurrence(compiled, at))
        next.push(new Date(at).toISOString().slice(0, 16));
    }
    const notes = schedules.flatMap((schedule) => schedule.notes);
    expect({ schedules, reasons, notes, next }).toMatchObject({ schedules: [], reasons: [], ...wanted });
    if (!("schedules" in wanted)) expect(schedules).toEqual([]);
  });

  it.each(["constructor", "toString", "__proto__"])("takes %s for the name that it is", (name) => {
    const { schedules, reasons } = read(text("crontab", `SHELL=/opt/${name}`, "0 5 * * * true"));
    expect(reasons).toEqual([]);
    expect(schedules[0]?.notes).toEqual([`the shell ${name} is not offered: sh runs the command`]);
    expect(schedules[0]?.input.input).not.toHaveProperty("shell");
    expect(read(text("anacrontab", `${name} 5 job true`)).schedules).toEqual([]);
  });

  it("of anacron has a period, a delay and a name", () => {
    const { schedules } = read(
      text(
        "anacrontab",
        "START_HOURS_RANGE=6-8",
        "RANDOM_DELAY=45",
        "1 5 cron.daily run-parts /etc/cron.daily",
        "@monthly 90 m x",
        "3 0 three y",
      ),
    );
    expect(schedules.map(({ input }) => [input.scheduleId, input.spec, input.catchup])).toEqual([
      ["anacron-cron-daily", { calendar: { times: ["06:05"] }, timezone: zone, jitter: "45m" }, "latest"],
      ["anacron-m", { calendar: { dayOfMonth: 1, times: ["07:30"] }, timezone: zone, jitter: "45m" }, "latest"],
      [
        "anacron-three",
        { interval: { every: "3d", anchor: "2026-01-01T05:00:00.000Z" }, timezone: zone, jitter: "45m" },
        "latest",
      ],
    ]);
  });

  it("keeps the ids of its lines, whatever comes before them is put right", () => {
    const { schedules } = read(text("", "61 * * * * a.sh", "0 1 * * * a.sh"));
    expect(schedules.map(({ input, origin }) => [input.scheduleId, origin])).toEqual([
      ["crontab-a-sh-2", "crontab::crontab-a-sh-2"],
    ]);
  });
});

describe("systemd", () => {
  const timer = (...lines: string[]) => text("job.timer", "[Unit]", "Description=A job", "[Timer]", ...lines);
  const service = (...lines: string[]) => text("job.service", "[Service]", "Type=oneshot", ...lines);

  it.each<[string, string[], object]>([
    ["0", [], { on: { boot: true }, timezone: zone }],
    ["0s", ["OnCalendar=12:00"], { calendar: { hour: 12 }, on: { boot: true }, timezone: zone }],
    ["15min", ["OnUnitActiveSec=1d"], { interval: "1d", on: { boot: true, delay: "15m" }, timezone: zone }],
    [
      "2min",
      ["OnBootSec=1h 30min", "OnStartupSec=120"],
      {
        on: [
          { boot: true, delay: "2m" },
          { boot: true, delay: "1h30m" },
        ],
        timezone: zone,
      },
    ],
  ])("starts with the machine, or so long after: OnBootSec=%s", (delay, others, spec) => {
    const { schedules } = read(timer(`OnBootSec=${delay}`, ...others), service("ExecStart=/bin/true"));
    expect(schedules.map(({ input }) => input.spec)).toMatchObject([spec]);
  });

  it("gives each timer with its service", () => {
    const { schedules, formats } = read(
      timer(
        "OnCalendar=Mon *-*-1..7 03:00",
        "OnCalendar=Fri 12:00",
        "Persistent=true",
        "RandomizedDelaySec=1h 30min",
        "OnBootSec=5m",
      ),
      service(
        'ExecStart=/usr/bin/env "a b" \\\n  %%x %n',
        'Environment=ONE=1 "TWO=two words"',
        "WorkingDirectory=/srv",
        `User=${me}`,
        "TimeoutStartSec=90",
      ),
    );
    expect(formats).toEqual(["systemd"]);
    expect(schedules).toMatchObject([
      {
        origin: "systemd:job.timer:systemd-job",
        notes: [
          "OnBootSec=5m: counted from the machine's start; where Almanac starts later, it runs then",
          "RandomizedDelaySec delays what comes at a time, and not what the machine's start brings",
          `it runs as ${me}, as you do`,
        ],
        input: {
          scheduleId: "systemd-job",
          name: "A job",
          spec: {
            calendar: [
              { dayOfWeek: 1, hour: 3 },
              { dayOfWeek: expect.anything(), hour: 12 },
            ],
            on: { boot: true, delay: "5m" },
            dst: "literal",
            timezone: zone,
            jitter: "1h30m",
          },
          input: {
            program: "/usr/bin/env",
            args: ["a b", "%x", "job.service"],
            env: { ONE: "1", TWO: "two words" },
            cwd: "/srv",
          },
          catchup: "latest",
          timeout: "1m30s",
        },
      },
    ]);
  });

  it("fills an instance's name in", () => {
    const { schedules } = read(
      text("dump@a-b\\x2dc.timer", "[Timer]", "OnCalendar=daily"),
      text("dump@.service", "[Service]", "ExecStart=/bin/dump %i %I"),
    );
    expect(schedules[0]?.input.input).toEqual({ program: "/bin/dump", args: ["a-b\\x2dc", "a/b-c"] });
  });

  it("joins several commands, and fills variables in as systemd does", () => {
    const { schedules } = read(
      timer("OnUnitActiveSec=15min"),
      service(
        'ExecStartPre=-/bin/rm -f "/tmp/it\'s"',
        `ExecStart=/bin/echo $ONE "\${TWO} $$HOME $(x)"`,
        "Environment=ONE=1",
      ),
    );
    expect(schedules[0]?.input).toMatchObject({
      spec: { interval: "15m", timezone: zone },
      input: { command: `{ /bin/rm -f '/tmp/it'\\''s' || true; } && /bin/echo $ONE "\${TWO} \\$HOME \\$(x)"` },
    });
  });

  it.each([
    ["a service that is not there", [timer("OnCalendar=daily")], "job.service is not among the files"],
    [
      "another user",
      [timer("OnCalendar=daily"), service("ExecStart=/bin/x", `User=${someoneElse}`)],
      `it runs as ${someoneElse}`,
    ],
    [
      "a specifier of its own",
      [timer("OnCalendar=daily"), service("ExecStart=/bin/x %t/y")],
      "%t, which only systemd fills in",
    ],
    [
      "a template, whose instances fill its command in",
      [text("a@.timer", "[Timer]", "OnCalendar=daily"), text("a@.service", "[Service]", "ExecStart=/bin/x %i")],
      "%i, which each of its instances fills in",
    ],
    ["a time that is none", [timer("OnCalendar=Foo *"), service("ExecStart=/bin/x")], "Foo"],
    ["a service alone", [service("ExecStart=/bin/x")], "a timer with a [Timer] section"],
  ])("refuses %s", (_what, files, reason) => {
    const { schedules, reasons } = read(...files);
    expect(schedules).toEqual([]);
    expect(reasons.join()).toContain(reason);
  });

  it("has time spans of its own", () => {
    expect(["90", "1h 30min", "2weeks", "infinity", "1d12h"].map(spanText)).toEqual([
      "1m30s",
      "1h30m",
      "2w",
      null,
      "1d12h",
    ]);
    expect(() => spanText("soon")).toThrow("a time span");
  });
});

describe("launchd", () => {
  const plist = (body: string) =>
    text(
      "x.plist",
      `<?xml version="1.0"?><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "x"><plist version="1.0"><dict>`,
      `<key>Label</key><string>com.example.job</string>`,
      body,
      "</dict></plist>",
    );
  const program = "<key>ProgramArguments</key><array><string>/bin/echo</string><string>a &amp; b</string></array>";

  it("gives a job with its moments, of which a day or a weekday is enough", () => {
    const { schedules, formats } = read(
      plist(
        `${program}<key>StartCalendarInterval</key><array><dict><key>Hour</key><integer>3</integer><key>Minute</key><integer>30</integer><key>Weekday</key><integer>7</integer></dict><dict><key>Day</key><integer>1</integer><key>Weekday</key><integer>1</integer></dict></array><key>RunAtLoad</key><true/><key>EnvironmentVariables</key><dict><key>A</key><string>1</string></dict>`,
      ),
    );
    expect(formats).toEqual(["launchd"]);
    expect(schedules).toMatchObject([
      {
        notes: ["RunAtLoad: it runs at the first start of Almanac after the machine's, and not when it is loaded"],
        input: {
          scheduleId: "launchd-com-example-job",
          spec: {
            on: { boot: true },
            calendar: [
              { minute: 30, hour: 3, dayOfWeek: 0 },
              { minute: "*", hour: "*", dayOfMonth: 1 },
              { minute: "*", hour: "*", dayOfWeek: 1 },
            ],
            timezone: zone,
          },
          input: { program: "/bin/echo", args: ["a & b"], env: { A: "1" } },
          catchup: "latest",
        },
      },
    ]);
  });

  it("is read as binary, too", () => {
    const bytes = buildBinary({ Label: "bin", Program: "/bin/x", StartInterval: 300 });
    expect(read(decodeFile("bin.plist", bytes)).schedules).toMatchObject([
      { input: { spec: { interval: "5m" }, input: { program: "/bin/x" } } },
    ]);
  });

  it("refuses what is none, and entities, and leaves out what has no time", () => {
    expect(
      read(plist(`${program}<key>StartCalendarInterval</key><dict><key>Hour</key><integer>24</integer></dict>`))
        .reasons,
    ).toEqual(["Hour takes 0–23, not 24"]);
    expect(
      read(text("x.plist", '<!DOCTYPE plist [<!ENTITY a "b">]><plist><string>&a;</string></plist>')).reasons,
    ).toEqual([expect.stringContaining("entity")]);
    expect(read(plist(program)).skipped).toEqual([expect.stringContaining("starts by no time")]);
  });
});

describe("the Windows Task Scheduler", () => {
  const task = (
    triggers: string,
    more = "",
    exec = '<Command>C:\\a.exe</Command><Arguments>one "two words" /x:&quot;y&quot;</Arguments>',
  ) =>
    `<?xml version="1.0" encoding="UTF-16"?>\r\n<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"><RegistrationInfo><URI>\\Mine\\Report</URI></RegistrationInfo><Triggers>${triggers}</Triggers><Settings>${more}</Settings><Actions><Exec>${exec}</Exec></Actions></Task>`;
  const utf16 = (content: string, mark = "\ufeff") =>
    decodeFile("task.xml", Buffer.from(`${mark}${content}`, "utf16le"));
  const daily =
    "<CalendarTrigger><StartBoundary>2026-01-01T08:30:00</StartBoundary><ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay></CalendarTrigger>";
  const start = "<StartBoundary>2026-01-05T08:30:00</StartBoundary>";

  it("gives a task from UTF-16, with or without a mark", () => {
    const boot = "<BootTrigger><Delay>PT30S</Delay></BootTrigger><LogonTrigger/>";
    for (const file of [utf16(task(daily + boot)), utf16(task(daily + boot), "")]) {
      const { schedules, formats } = read(file);
      expect(formats).toEqual(["taskscheduler"]);
      expect(schedules).toMatchObject([
        {
          notes: [
            "it does not also start at a log-on",
            "BootTrigger: it runs at the first start of Almanac after the machine's",
          ],
          input: {
            scheduleId: "task-Report",
            spec: { calendar: { times: ["08:30:00"] }, on: { boot: true, delay: "30s" }, timezone: zone },
            input: { program: "C:\\a.exe", args: ["one", "two words", "/x:y"] },
            overlapPolicy: "skip",
          },
        },
      ]);
    }
  });

  it.each([
    [
      "a week",
      `<ScheduleByWeek><WeeksInterval>1</WeeksInterval><DaysOfWeek><Monday/><Friday/></DaysOfWeek></ScheduleByWeek>`,
      "",
      { calendar: { dayOfWeek: [1, 5], times: ["08:30:00"] } },
    ],
    [
      "each second week",
      `<ScheduleByWeek><WeeksInterval>2</WeeksInterval><DaysOfWeek><Wednesday/></DaysOfWeek></ScheduleByWeek>`,
      "",
      { interval: { every: "2w", anchor: "2026-01-07T07:30:00.000Z" } },
    ],
    [
      "each third day",
      `<ScheduleByDay><DaysInterval>3</DaysInterval></ScheduleByDay>`,
      "",
      { interval: { every: "3d", anchor: "2026-01-05T07:30:00.000Z" } },
    ],
    [
      "days of a month",
      `<ScheduleByMonth><DaysOfMonth><Day>1</Day><Day>Last</Day></DaysOfMonth><Months><March/></Months></ScheduleByMonth>`,
      "",
      { calendar: { dayOfMonth: [1, "L"], month: [3], times: ["08:30:00"] } },
    ],
    [
      "weekdays of a month",
      `<ScheduleByMonthDayOfWeek><Weeks><Week>2</Week><Week>Last</Week></Weeks><DaysOfWeek><Tuesday/></DaysOfWeek></ScheduleByMonthDayOfWeek>`,
      "",
      { calendar: { dayOfWeek: [2], weekOfMonth: [2, -1], times: ["08:30:00"] } },
    ],
    [
      "a repetition",
      `<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>`,
      "<Repetition><Interval>PT30M</Interval><Duration>PT2H</Duration></Repetition>",
      { calendar: { every: "30m", between: ["08:30:00", "10:00:00"] } },
    ],
    [
      "a repetition all day",
      `<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>`,
      "<Repetition><Interval>PT1H</Interval></Repetition>",
      { calendar: { every: "1h", between: ["00:30:00", "23:59:59"] } },
    ],
  ])("has the times of %s", (_what, by, repetition, spec) => {
    const { schedules, reasons } = read(
      textFile("t.xml", task(`<CalendarTrigger>${repetition}${start}${by}</CalendarTrigger>`)),
    );
    expect(reasons).toEqual([]);
    expect(schedules[0]?.input.spec).toEqual({ ...spec, timezone: zone });
  });

  it("has one moment, bounds, settings and several tasks", () => {
    const once =
      "<TimeTrigger><StartBoundary>2030-05-01T10:00:00</StartBoundary><RandomDelay>PT5M</RandomDelay></TimeTrigger>";
    const settings =
      "<MultipleInstancesPolicy>Queue</MultipleInstancesPolicy><StartWhenAvailable>true</StartWhenAvailable><ExecutionTimeLimit>PT1H</ExecutionTimeLimit><Enabled>false</Enabled><RestartOnFailure><Interval>PT1M</Interval><Count>3</Count></RestartOnFailure>";
    const all = `<Tasks>${task(once, settings).replace(/<\?xml.*?\?>/, "")}${task("<LogonTrigger/>").replace(/<\?xml.*?\?>/, "")}</Tasks>`;
    const { schedules, skipped } = read(textFile("all.xml", all));
    expect(schedules.map(({ input }) => input)).toMatchObject([
      {
        spec: {
          calendar: { year: 2030, month: 5, dayOfMonth: 1, times: ["10:00:00"] },
          startAt: "2030-05-01T08:00:00.000Z",
          jitter: "5m",
        },
        overlapPolicy: "buffer_all",
        catchup: "latest",
        timeout: "1h",
        maxAttempts: 4,
        retryDelay: "1m",
        paused: true,
      },
    ]);
    expect(skipped).toEqual([expect.stringContaining("it starts at a log-on")]);
  });

  it("refuses entities, and what it cannot say", () => {
    expect(read(textFile("t.xml", `<!DOCTYPE x [<!ENTITY a "b">]>${task(daily)}`)).reasons).toEqual([
      expect.stringContaining("entities"),
    ]);
    expect(
      read(textFile("t.xml", task(daily).replace("</Exec>", "</Exec><Exec><Command>b</Command></Exec>"))).reasons,
    ).toEqual([expect.stringContaining("2 programs")]);
  });

  it("splits arguments as Windows does", () => {
    expect(splitArguments('a "b c" d\\"e "f\\\\" "" "g""h"')).toEqual(["a", "b c", 'd"e', "f\\", "", 'g"h']);
  });
});

describe("Kubernetes and GitHub", () => {
  const cronJob = (spec: string, container = "command: [backup, --all]") => `
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly }
spec:
  schedule: "0 3 * * *"
${spec}
  jobTemplate:
    spec:
      backoffLimit: 2
      template:
        spec:
          containers:
            - image: shop:1
              ${container}
              env: [{ name: A, value: "1" }, { name: B, valueFrom: {} }]
`;

  it("give a CronJob, from several documents and lists", () => {
    const { schedules, formats } = read(
      textFile(
        "all.yaml",
        `kind: ConfigMap\n---${cronJob("  timeZone: Europe/Paris\n  concurrencyPolicy: Forbid\n  suspend: true")}`,
      ),
      textFile("list.json", '{"kind":"List","apiVersion":"v1","items":[]}'),
    );
    expect(formats).toEqual(["kubernetes"]);
    expect(schedules).toMatchObject([
      {
        notes: ["it runs on this machine, and not in shop:1", "B come from the cluster, and are to be entered by hand"],
        input: {
          scheduleId: "kubernetes-nightly",
          spec: { cron: "0 3 * * *", timezone: "Europe/Paris" },
          input: { program: "backup", args: ["--all"], env: { A: "1" } },
          overlapPolicy: "skip",
          maxAttempts: 3,
          paused: true,
        },
      },
    ]);
  });

  it("refuse a container whose command is in its image, or that only the cluster fills in", () => {
    expect(read(textFile("a.yaml", cronJob("", "name: x"))).reasons).toEqual([expect.stringContaining("in its image")]);
    expect(read(textFile("a.yaml", cronJob("", 'command: [x, "$(B)"]'))).reasons).toEqual([
      expect.stringContaining("$(NAME)"),
    ]);
    expect(read(textFile("a.yaml", cronJob("").replace("0 3 * * *", "nonsense"))).reasons).toHaveLength(1);
  });

  it("give a workflow that has times", () => {
    const workflow =
      "name: Nightly\non:\n  schedule:\n    - cron: '30 5 * * 1,3'\n    - cron: '30 5 * * 2,4'\n  push:\njobs:\n  x: { steps: [] }\n";
    expect(read(textFile("/r/.github/workflows/nightly.yml", workflow)).schedules).toMatchObject([
      {
        input: {
          name: "Nightly",
          spec: { cron: ["30 5 * * 1,3", "30 5 * * 2,4"], timezone: "UTC" },
          input: { program: "gh", args: ["workflow", "run", "nightly.yml"] },
        },
      },
    ]);
    expect(read(textFile("ci.yml", "on: push\njobs: {}\n")).skipped).toEqual([
      expect.stringContaining("no on.schedule"),
    ]);
  });
});

describe("our own documents", () => {
  const document = JSON.stringify([{ scheduleId: "a", workflowName: "shell.command", spec: { cron: "@daily" } }]);

  it("are read with a byte-order mark, and from UTF-16", () => {
    for (const bytes of [
      Buffer.from(`\ufeff${document}`),
      Buffer.from(`\ufeff${document}`, "utf16le"),
      Buffer.from(`\ufeff${document}`, "utf16le").swap16(),
      Buffer.from(document, "utf16le"),
    ]) {
      expect(read(decodeFile("a.json", bytes)).documents).toMatchObject([{ schedules: [{ scheduleId: "a" }] }]);
    }
  });

  it("are told from a calendar, which is imported elsewhere", () => {
    expect(() => read(textFile("x.ics", "BEGIN:VCALENDAR\nEND:VCALENDAR"))).toThrow(AppError);
  });
});
