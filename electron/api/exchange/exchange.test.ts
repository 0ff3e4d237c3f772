import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../../../shared/domain/errors.ts";
import { tempApp } from "../testing/tempApp.ts";
import { readCrontab } from "./formats/crontab.ts";
import { Found } from "./formats/found.ts";

const schedule = (scheduleId: string, more: Record<string, unknown> = {}) => ({
  scheduleId,
  workflowName: "shell.command",
  spec: { cron: "0 9 * * 1-5", timezone: "Europe/Berlin" },
  input: { command: "true" },
  ...more,
});

async function rejected(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw error ?? new Error("it was not refused");
}

describe("import", () => {
  it("takes schedules that come after others of the same import, whichever is read first", async () => {
    await using app = await tempApp();
    const many = Array.from({ length: 60 }, (_, i) => schedule(`job-${i}`));
    const first = schedule("report", { spec: { on: { after: { scheduleId: "job-59" } } } });
    const text = JSON.stringify({ schedules: [first, ...many] });
    expect(await app.exchange.import({ text, dryRun: true }, "user")).toMatchObject({ created: 61, written: false });
    expect(await app.exchange.import({ text }, "user")).toMatchObject({ created: 61, written: true });
    expect(app.engine.getSchedule("report").spec).toEqual({ on: { after: { scheduleId: "job-59" } } });
    const lost = JSON.stringify({
      schedules: [schedule("lost", { spec: { on: { after: { scheduleId: "nobody" } } } })],
    });
    const error = await rejected(app.exchange.import({ text: lost }, "user"));
    expect(error.message).toContain('there is none "nobody"');
  });

  it("writes nothing where one of many is refused, and names each refused field", async () => {
    await using app = await tempApp();
    const text = JSON.stringify({
      schedules: [
        schedule("good"),
        schedule("no-such", { workflowName: "no.such" }),
        schedule("never", { spec: { calendar: [{ month: 2, dayOfMonth: 30 }] } }),
      ],
    });
    const error = await rejected(app.exchange.import({ text }, "user"));
    expect(error.issues.map(({ path }) => path.split(".")[0])).toEqual(
      expect.arrayContaining(["schedules[1]", "schedules[2]"]),
    );
    expect(app.reads.listSchedules({}).total).toBe(0);
  });

  it("says what it would do without doing it, then does that", async () => {
    await using app = await tempApp();
    app.engine.createSchedule(schedule("kept"), "user");
    app.engine.createSchedule(schedule("moved"), "user");
    const text = JSON.stringify([
      schedule("kept"),
      schedule("moved", { spec: { cron: "0 10 * * *" }, maxAttempts: 3 }),
      schedule("new"),
    ]);
    const plan = await app.exchange.import({ text, dryRun: true }, "user");
    expect(plan).toMatchObject({ created: 1, updated: 1, unchanged: 1, written: false });
    expect(plan.items.map(({ id, action }) => [id, action])).toEqual([
      ["kept", "unchanged"],
      ["moved", "update"],
      ["new", "create"],
    ]);
    expect(plan.items[1]?.changes.map(({ field }) => field).sort()).toEqual(["maxAttempts", "spec"]);
    expect(app.reads.listSchedules({}).total).toBe(2);
    expect(app.engine.getSchedule("moved").maxAttempts).toBe(1);

    const done = await app.exchange.import({ text }, "user");
    expect({ ...done, written: false, undoId: null }).toEqual(plan);
    expect(app.engine.getSchedule("moved").maxAttempts).toBe(3);
    expect(await app.exchange.import({ text }, "user")).toMatchObject({ unchanged: 3 });
  });

  it("comes back equal from JSON and YAML, whatever the text in it", async () => {
    await using app = await tempApp();
    await using other = await tempApp();
    const hostile = fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }).filter((text) => !text.includes("\0"));
    let n = 0;
    await fc.assert(
      fc.asyncProperty(
        hostile,
        hostile,
        fc.constantFrom("json" as const, "yaml" as const),
        async (name, command, format) => {
          const scheduleId = `s${n++}`;
          app.engine.createSchedule(
            schedule(scheduleId, {
              name,
              note: command,
              tags: [[...name].slice(0, 15).join("")],
              queue: "office",
              input: { command },
            }),
            "user",
          );
          const text = app.exchange.export(format, [scheduleId]);
          expect(await other.exchange.import({ text }, "user")).toMatchObject({ created: 1 });
          expect(other.exchange.export(format, [scheduleId])).toBe(text);
          expect(other.engine.getSchedule(scheduleId)).toMatchObject({ name, note: command, input: { command } });
        },
      ),
      { numRuns: 60 },
    );
  });

  it("refuses an id that a deleted schedule has, and a document with one id twice", async () => {
    await using app = await tempApp();
    app.engine.createSchedule(schedule("gone"), "user");
    app.engine.deleteSchedule("gone", "user");
    expect((await rejected(app.exchange.import({ text: JSON.stringify([schedule("gone")]) }, "user"))).code).toBe(
      "ALREADY_EXISTS",
    );
    const twice = JSON.stringify([schedule("a"), schedule("a")]);
    expect((await rejected(app.exchange.import({ text: twice }, "user"))).code).toBe("INVALID_INPUT");
  });

  it("refuses bombs and polluting keys, cheaply", async () => {
    await using app = await tempApp();
    const levels = Array.from(
      { length: 12 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(", ")}]`,
    );
    const bomb = `l0: &l0 x\n${levels.join("\n")}\nschedules: *l12\n`;
    expect((await rejected(app.exchange.import({ text: bomb, format: "yaml" }, "user"))).code).toBe("INVALID_INPUT");
    const polluting = '{"schedules":[{"__proto__":{"polluted":true},"scheduleId":"a"}],"__proto__":{"polluted":true}}';
    expect((await rejected(app.exchange.import({ text: polluting }, "user"))).code).toBe("INVALID_INPUT");
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(app.reads.listSchedules({}).total).toBe(0);
  });

  it("brings the exclusion calendars that schedules name", async () => {
    await using app = await tempApp();
    await using other = await tempApp();
    app.engine.saveExclusionCalendar(
      { name: "holidays", entries: ["2026-12-25", { month: 1, dayOfMonth: 1 }] },
      "user",
    );
    app.engine.saveExclusionCalendar({ name: "unused", entries: ["2026-12-26"] }, "user");
    const spec = { cron: "0 9 * * *", exclude: [{ calendar: "holidays" }] };
    app.engine.createSchedule(schedule("a", { spec }), "user");
    const text = app.exchange.export("yaml", ["a"]);
    expect(text).not.toContain("unused");
    expect(await other.exchange.import({ text }, "user")).toMatchObject({ created: 2 });
    expect(other.reads.exclusionCalendars()).toMatchObject([{ name: "holidays", usedBy: 1 }]);
  });
});

describe("crontab", () => {
  const read = (text: string) => {
    const found = new Found();
    readCrontab({ name: "", text, bytes: null }, "UTC", found);
    return found;
  };

  it("keeps zones, variables, standard input and comments", () => {
    const { schedules, skipped } = read(
      [
        "SHELL=/bin/bash",
        'MAILTO="me@example.org"',
        "CRON_TZ=America/New_York",
        "# every morning",
        "0\t6 * * mon-fri  /opt/report.sh --date=$(date +\\%F)%hello%world",
        "TZ=Asia/Tokyo",
        "@weekly cleanup",
        "@reboot start-me",
      ].join("\n"),
    );
    expect(schedules).toMatchObject([
      {
        input: {
          scheduleId: "crontab-report-sh",
          spec: { cron: "0 6 * * mon-fri", timezone: "America/New_York" },
          input: { command: "/opt/report.sh --date=$(date +%F)", stdin: "hello\nworld\n", shell: "bash" },
          note: "every morning",
          overlapPolicy: "allow_all",
        },
        mailTo: "me@example.org",
        notes: [expect.stringContaining("the first % ends the command")],
      },
      { input: { spec: { cron: "@weekly", timezone: "America/New_York" }, input: { env: { TZ: "Asia/Tokyo" } } } },
      { input: { spec: { on: { boot: true } }, input: { command: "start-me" } } },
    ]);
    expect(skipped).toEqual([]);
  });

  it("names every line that cannot be read, and reads the others", () => {
    const { schedules, invalid } = read(
      "* * * * *\n61 * * * * x\nCRON_TZ=Nowhere\n0 0 * * * x\nCRON_TZ=UTC\n0 0 * * * x\n",
    );
    expect(invalid.map(({ line, text }) => [line, text])).toEqual([
      [1, "* * * * *"],
      [2, "61 * * * * x"],
      [4, "0 0 * * * x"],
    ]);
    expect(invalid.map(({ reason }) => reason)).toEqual([
      expect.stringContaining("a command"),
      expect.stringMatching(/minute field takes 0–59.*not "61"/),
      expect.stringContaining("CRON_TZ is Nowhere"),
    ]);
    // Put right, the two above would have the first ids.
    expect(schedules.map(({ input, line }) => [input.scheduleId, line])).toEqual([["crontab-x-3", 6]]);
  });

  it("makes a rule of MAILTO where that is asked for, and says how where there is no e-mail channel", async () => {
    await using app = await tempApp();
    const text = "MAILTO=Ops@example.org\n0 0 * * * a\n5 0 * * * b\nMAILTO=''\n0 1 * * * c\n";
    const without = await app.exchange.import({ text, dryRun: true, mailRules: true }, "user");
    expect(without.mail).toMatchObject([{ mailTo: "Ops@example.org", schedules: 2, channels: [] }]);
    expect(without.items.map(({ notes }) => notes.join())).toEqual([
      expect.stringContaining("with an e-mail channel"),
      expect.stringContaining("with an e-mail channel"),
      "",
    ]);
    const email = { kind: "email" as const, host: "127.0.0.1", from: "almanac@example.org" };
    app.notifications.setChannel({ name: "first", config: { ...email, to: ["me@example.org"] } });
    app.notifications.setChannel({ name: "ops", config: { ...email, to: ["Ops <ops@example.org>"] } });
    const before = app.notifications.rules();
    const offered = await app.exchange.import({ text }, "user");
    expect(offered.mail).toMatchObject([{ channels: ["ops"], rule: "mailto-Ops-example-org" }]);
    expect(app.notifications.rules()).toEqual(before);
    await app.exchange.import({ text, mailRules: true }, "user");
    const made = () => app.notifications.rules().filter(({ name }) => name.startsWith("mailto-"));
    expect(made()).toMatchObject([{ events: ["failed"], channels: ["ops"], schedules: ["crontab-a", "crontab-b"] }]);
    // Again, and with another address for both: nothing doubles, and no rule is left that would be about all schedules.
    await app.exchange.import({ text, mailRules: true }, "user");
    expect(made()).toHaveLength(1);
    await app.exchange.import({ text: text.replace("Ops@example.org", "root"), mailRules: true }, "user");
    expect(made()).toMatchObject([{ name: "mailto-root", channels: ["first"], schedules: ["crontab-a", "crontab-b"] }]);
  });

  describe("undone", () => {
    const undoId = "6f1c1c1e-4b1f-4c57-9a35-0d7c3f6f1b11";
    const entries = [{ month: 12, dayOfMonth: 24 }];

    it("deletes what it created and puts back what it changed, with runs that it may have had", async () => {
      await using app = await tempApp();
      app.engine.createSchedule(schedule("kept", { timeout: "5m" }), "user");
      app.engine.createSchedule(schedule("moved", { note: "mine", tags: ["a"] }), "user");
      app.engine.createSchedule(schedule("running"), "user");
      app.engine.saveExclusionCalendar({ name: "holidays", entries: ["2026-05-01"] }, "user");
      const calendars = () => app.reads.exclusionCalendars().map(({ name, entries }) => ({ name, entries }));
      const looks = () =>
        ["kept", "moved", "running"].map((id) => {
          const { revision: _, updatedAt: _at, nextRunTime: _next, ...rest } = app.engine.getSchedule(id);
          return rest;
        });
      const before = {
        schedules: looks(),
        calendars: calendars(),
      };
      const text = JSON.stringify({
        schedules: [
          schedule("kept", { timeout: "5m" }),
          schedule("moved", { name: "Moved", spec: { cron: "0 10 * * *" }, note: "theirs", tags: [], timeout: "1h" }),
          schedule("running", { paused: true }),
          schedule("new", { spec: { cron: "0 9 * * *", exclude: [{ calendar: "closed" }] } }),
        ],
        calendars: [
          { name: "holidays", entries },
          { name: "closed", entries },
        ],
      });
      const report = await app.exchange.import({ text, undoId }, "user");
      expect(report).toMatchObject({ created: 2, updated: 3 });
      const { runId } = app.engine.triggerSchedule({ scheduleId: "new" }, "user");

      expect(await app.exchange.undoImport(undoId, "user")).toEqual({
        deleted: 1,
        changedBack: 2,
        calendars: 2,
        rules: 0,
        kept: [],
      });
      expect(looks()).toEqual(before.schedules);
      expect(calendars()).toEqual(before.calendars);
      expect(app.engine.getSchedule("new").status).toBe("deleted");
      expect(app.engine.getRun(runId).scheduleId).toBe("new");
      expect((await rejected(app.exchange.undoImport(undoId, "user"))).code).toBe("NOT_FOUND");

      // Imported once more, it is as the first time.
      expect(await app.exchange.import({ text, undoId }, "user")).toEqual(report);
      expect(app.engine.getSchedule("new").status).toBe("active");
      await app.exchange.undoImport(undoId, "user");
    });

    it("takes back the rules that were made of MAILTO", async () => {
      await using app = await tempApp();
      const email = { kind: "email" as const, host: "127.0.0.1", from: "a@example.org", to: ["ops@example.org"] };
      app.notifications.setChannel({ name: "ops", config: email });
      const first = "MAILTO=ops@example.org\n0 0 * * * a\n";
      await app.exchange.import({ text: first, mailRules: true }, "user");
      const rules = app.notifications.rules();
      const more = `${first}5 0 * * * b\nMAILTO=x@example.org\n6 0 * * * c\n`;
      await app.exchange.import({ text: more, mailRules: true, undoId }, "user");
      expect(app.notifications.rules()).not.toEqual(rules);
      expect(await app.exchange.undoImport(undoId, "user")).toEqual({
        deleted: 2,
        changedBack: 0,
        calendars: 0,
        rules: 2,
        kept: [],
      });
      expect(app.notifications.rules()).toEqual(rules);
    });

    it("takes back rules alone, where the schedules were there before, and leaves those that were changed since", async () => {
      await using app = await tempApp();
      const email = { kind: "email" as const, host: "127.0.0.1", from: "a@example.org", to: ["ops@example.org"] };
      app.notifications.setChannel({ name: "ops", config: email });
      const text = "MAILTO=ops@example.org\n0 0 * * * a\nMAILTO=x@example.org\n6 0 * * * c\n";
      await app.exchange.import({ text }, "user");
      const before = app.notifications.rules();
      const again = () => app.exchange.import({ text, mailRules: true, undoId }, "user");
      expect(await again()).toMatchObject({ created: 0, updated: 0, unchanged: 2, rules: 2 });
      expect(await app.exchange.undoImport(undoId, "user")).toEqual({
        deleted: 0,
        changedBack: 0,
        calendars: 0,
        rules: 2,
        kept: [],
      });
      expect(app.notifications.rules()).toEqual(before);

      await again();
      const name = "mailto-x-example-org";
      const rule = app.notifications.rules().find((each) => each.name === name);
      if (rule === undefined) throw new Error("no rule was made");
      app.notifications.setRule({ ...rule, events: ["missed"] });
      expect(await app.exchange.undoImport(undoId, "user")).toEqual({
        deleted: 0,
        changedBack: 0,
        calendars: 0,
        rules: 1,
        kept: [{ kind: "rule", id: name, name, why: "it was changed since" }],
      });
      expect(app.notifications.rules()).toMatchObject([...before, { name, events: ["missed"] }]);
      expect(await app.exchange.import({ text, dryRun: true, mailRules: true }, "user")).toMatchObject({ rules: 0 });
    });

    it("leaves what was changed since as it is, and names it", async () => {
      await using app = await tempApp();
      app.engine.createSchedule(schedule("a"), "user");
      app.engine.createSchedule(schedule("b"), "user");
      const text = JSON.stringify([
        schedule("a", { maxAttempts: 3 }),
        schedule("b", { maxAttempts: 3 }),
        schedule("c"),
        schedule("d"),
      ]);
      await app.exchange.import({ text, undoId }, "user");
      app.engine.updateSchedule({ scheduleId: "a", maxAttempts: 5 }, "user");
      app.engine.updateSchedule({ scheduleId: "d", maxAttempts: 5 }, "user");
      app.engine.deleteSchedule("c", "user");
      expect(await app.exchange.undoImport(undoId, "user")).toEqual({
        deleted: 0,
        changedBack: 1,
        calendars: 0,
        rules: 0,
        kept: ["d", "a"].map((id) => ({ kind: "schedule", id, name: id, why: "it was changed since" })),
      });
      for (const id of ["a", "d"])
        expect(app.engine.getSchedule(id)).toMatchObject({ status: "active", maxAttempts: 5 });
      expect(app.engine.getSchedule("b").maxAttempts).toBe(1);
      // Deleted by hand: an import does not bring it back.
      expect((await rejected(app.exchange.import({ text }, "user"))).code).toBe("ALREADY_EXISTS");
    });

    it("knows nothing of a dry run", async () => {
      await using app = await tempApp();
      const text = JSON.stringify([schedule("a")]);
      const report = await app.exchange.import({ text, undoId, dryRun: true }, "user");
      expect(report.undoId).toBeNull();
      expect((await rejected(app.exchange.undoImport(undoId, "user"))).code).toBe("NOT_FOUND");
    });

    it("can be undone by another process, as long as its lines stand in the history, and imported again by a third", async () => {
      const dataDir = await mkdtemp(join(tmpdir(), "almanac-undo-"));
      try {
        const email = { kind: "email" as const, host: "127.0.0.1", from: "a@example.org", to: ["ops@example.org"] };
        const text = JSON.stringify({
          schedules: [
            schedule("old", { maxAttempts: 3, paused: true }),
            schedule("new", { spec: { cron: "0 9 * * *", exclude: [{ calendar: "closed" }] } }),
            schedule("edited"),
          ],
          calendars: [{ name: "closed", entries }],
        });
        const jobs = "MAILTO=ops@example.org\n0 0 * * * a\n";
        const ids: string[] = [];
        {
          await using app = await tempApp({ dataDir });
          app.engine.createSchedule(schedule("old"), "user");
          app.notifications.setChannel({ name: "ops", config: email });
          for (const input of [{ text }, { text: jobs, mailRules: true }])
            ids.push((await app.exchange.import(input, "cli")).undoId ?? "");
          app.engine.updateSchedule({ scheduleId: "edited", maxAttempts: 5 }, "user");
        }
        const [first = "", second = ""] = ids;
        {
          await using app = await tempApp({ dataDir });
          expect(app.exchange.imported(first)).toMatchObject({
            actor: "cli",
            created: 2,
            updated: 1,
            calendars: 1,
            rules: 0,
          });
          const listed = app.exchange.imports(10);
          expect(listed.map(({ undoId }) => undoId)).toEqual([second, first]);
          for (const { undoId, ...counts } of listed) expect(counts).toEqual(app.exchange.imported(undoId));
          expect(app.exchange.imports(1)).toHaveLength(1);
          expect(app.exchange.imported(second)).toMatchObject({ created: 1, updated: 0, calendars: 0, rules: 1 });
          const lines = () =>
            app.reads.activity("old", 10, undefined).map(({ kind, importId, undone }) => ({ kind, importId, undone }));
          expect(lines()).toEqual([
            { kind: "edited", importId: first, undone: false },
            { kind: "paused", importId: first, undone: false },
            { kind: "created", importId: null, undone: false },
          ]);
          expect(await app.exchange.undoImport(first, "user")).toEqual({
            deleted: 1,
            changedBack: 1,
            calendars: 1,
            rules: 0,
            kept: [{ kind: "schedule", id: "edited", name: "edited", why: "it was changed since" }],
          });
          expect(lines().every(({ importId, undone }) => undone === (importId !== null))).toBe(true);
          expect(app.engine.getSchedule("old")).toMatchObject({ status: "active", maxAttempts: 1 });
          expect(app.reads.exclusionCalendars()).toEqual([]);
          expect(await app.exchange.undoImport(second, "user")).toMatchObject({ deleted: 1, rules: 1, kept: [] });
          expect(app.notifications.rules().filter(({ name }) => name.startsWith("mailto-"))).toEqual([]);
          for (const id of ids) expect((await rejected(app.exchange.undoImport(id, "user"))).code).toBe("NOT_FOUND");
          expect(app.exchange.imports(10)).toEqual([]);
        }
        await using app = await tempApp({ dataDir });
        expect(await app.exchange.import({ text: jobs }, "user")).toMatchObject({ created: 1 });
        expect(app.engine.getSchedule("crontab-a").status).toBe("active");
      } finally {
        await rm(dataDir, { recursive: true, force: true });
      }
    });

    it("is undone as a whole where its undo was ended on the way", async () => {
      await using app = await tempApp();
      const many = Array.from({ length: 60 }, (_, i) => schedule(`job-${i}`, { maxAttempts: 5 }));
      app.engine.createSchedule(schedule("job-0", { note: "mine", maxAttempts: 2 }), "user");
      app.engine.createSchedule(schedule("job-59", { note: "mine", maxAttempts: 2 }), "user");
      await app.exchange.import({ text: JSON.stringify(many), undoId }, "user");
      // What a process that ends leaves behind: some of it is done, and no line says that it is all.
      app.engine.ofImport({ importId: undoId, undo: true }, () => {
        app.engine.updateSchedule({ scheduleId: "job-59", maxAttempts: 2 }, "user");
        app.engine.deleteSchedule("job-58", "user");
      });
      expect(await app.exchange.undoImport(undoId, "user")).toMatchObject({ deleted: 57, changedBack: 2, kept: [] });
      for (const id of ["job-0", "job-59"])
        expect(app.engine.getSchedule(id)).toMatchObject({ status: "active", maxAttempts: 2 });
      expect(app.reads.listSchedules({}).total).toBe(2);
    });
  });

  it("names each of several files that cannot be taken, and takes the others where that is asked for", async () => {
    await using app = await tempApp();
    const files = [
      { name: "/x/good.crontab", text: "0 0 * * * a\n" },
      { name: "/x/holidays.ics", text: "BEGIN:VCALENDAR\nEND:VCALENDAR\n" },
      { name: "/x/own.json", text: '{"schedules": 5}' },
      { name: "/x/late.crontab", text: "0 25 * * * b\n" },
    ];
    const error = await rejected(app.exchange.import({ files }, "user"));
    expect(error.issues.map(({ path }) => path)).toEqual(["holidays.ics", "late.crontab, line 1", "own.json"]);
    expect(app.reads.listSchedules({}).total).toBe(0);
    const report = await app.exchange.import({ files, skipInvalid: true }, "user");
    expect(report).toMatchObject({ created: 1, written: true });
    expect(report.invalid.map(({ file }) => file)).toEqual(["/x/holidays.ics", "/x/late.crontab", "/x/own.json"]);
    // One of ours beside a file that is refused is refused with it.
    const own = { name: "/x/own.json", text: JSON.stringify({ schedules: [schedule("own")] }) };
    const beside = await rejected(app.exchange.import({ files: [own, files[1] as (typeof files)[0]] }, "user"));
    expect(beside.issues.map(({ path }) => path)).toEqual(["holidays.ics"]);
    expect(app.reads.readSchedule("own")).toBeUndefined();
  });

  it("is refused for one bad line, and without it taken where that is asked for", async () => {
    await using app = await tempApp();
    app.engine.createSchedule(schedule("crontab-gone"), "user");
    app.engine.deleteSchedule("crontab-gone", "user");
    const text = "0 0 * * * a\n0 25 * * * b\n0 0 * * * gone\n0 1 * * * a\n";
    const crontab = { text, format: "crontab" } as const;
    const none = { text: "nonsense", format: "crontab", dryRun: true } as const;
    expect(await app.exchange.import(none, "user")).toMatchObject({ created: 0, invalid: [{ line: 1 }] });
    const plan = await app.exchange.import({ ...crontab, dryRun: true }, "user");
    expect(plan).toMatchObject({ created: 2, invalid: [{ line: 2 }, { line: 3 }], written: false });
    const error = await rejected(app.exchange.import(crontab, "user"));
    expect([error.code, error.issues.map(({ path }) => path)]).toEqual(["INVALID_INPUT", ["line 2", "line 3"]]);
    expect(app.reads.listSchedules({}).total).toBe(0);
    const done = await app.exchange.import({ ...crontab, skipInvalid: true }, "user");
    expect({ ...done, written: false, undoId: null }).toEqual(plan);
    expect(
      app.reads
        .listSchedules({})
        .rows.map((row) => row.schedule.scheduleId)
        .sort(),
    ).toEqual(["crontab-a", "crontab-a-2"]);
  });

  it("is imported in turns with whatever else there is to do, and tells how far it is", async () => {
    await using app = await tempApp();
    const text = Array.from({ length: 400 }, (_, i) => `${i % 60} ${i % 24} * * * job-${i % 7}`).join("\n");
    const seen: { done: number; total: number }[] = [];
    let goesOn = true;
    const look = () => {
      const progress = app.exchange.importProgress();
      if (progress !== null) seen.push(progress);
      if (goesOn) setImmediate(look);
    };
    look();
    const report = await app.exchange.import({ text, format: "crontab" }, "user");
    goesOn = false;
    expect([report.created, app.reads.listSchedules({}).total]).toEqual([400, 400]);
    expect(app.exchange.importProgress()).toBeNull();
    const steps = seen.filter(({ total }) => total === 800).map(({ done }) => done);
    expect(new Set(steps).size).toBeGreaterThan(1);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  });

  it("is stopped between two parts, keeps what is written, and goes on from there the next time", async () => {
    await using app = await tempApp();
    const total = 3000;
    const text = Array.from({ length: total }, (_, i) => `${i % 60} ${i % 24} * * * job-${i}`).join("\n");
    const crontab = { text, format: "crontab" } as const;
    const stopFrom = (done: number): void => {
      setImmediate(() => {
        const progress = app.exchange.importProgress();
        if (progress === null) return;
        if (progress.done > done) app.exchange.stopImport();
        else stopFrom(done);
      });
    };
    // While it is read, and while it is checked.
    for (const done of [-1, 0]) {
      stopFrom(done);
      expect(await app.exchange.import(crontab, "user")).toMatchObject({ created: 0, stopped: true });
      expect(app.reads.listSchedules({}).total).toBe(0);
    }

    // All of it is checked by then, and the first part written.
    stopFrom(total);
    const { created, stopped } = await app.exchange.import(crontab, "user");
    expect({ created, stopped }).toEqual({ created: app.reads.listSchedules({}).total, stopped: true });
    expect(created).toBeGreaterThan(0);
    expect(created).toBeLessThan(total);
    expect(app.exchange.importProgress()).toBeNull();
    const rest = { created: total - created, unchanged: created, stopped: false };
    expect(await app.exchange.import(crontab, "user")).toMatchObject(rest);
  });

  it("gives the same ids each time, so that a second import changes nothing", async () => {
    await using app = await tempApp();
    const text = "0 0 * * * a.sh\n0 1 * * * a.sh\n5 5 * * * /x/a.sh one\n";
    expect(await app.exchange.import({ text, format: "crontab" }, "user")).toMatchObject({ created: 3 });
    expect(await app.exchange.import({ text, format: "crontab" }, "user")).toMatchObject({ unchanged: 3 });
  });
});
