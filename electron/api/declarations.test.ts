import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openDatabase } from "../storage/opening/database.ts";
import { createDeclarationStore } from "../storage/tables/declarations.ts";
import { activateDeclared } from "./declarations.ts";
import { tempApp } from "./testing/tempApp.ts";

const source = (more: string) => `
  import { scheduledWorkflow } from "almanac";
  export const report = scheduledWorkflow({ name: "report", ${more} }, async () => "done");
`;

async function declaring(more: string) {
  const folder = await mkdtemp(join(tmpdir(), "almanac-declared-"));
  const file = join(folder, "report.ts");
  await writeFile(file, source(more));
  const app = await tempApp({ modulePaths: [file] });
  const database = openDatabase({ dataDir: app.dataDir });
  return {
    app,
    file,
    activate: () =>
      activateDeclared({
        engine: app.engine,
        catalogue: app.catalogue,
        declarations: createDeclarationStore(database.sql),
        logger: app.logger,
      }),
    async rewrite(next: string) {
      await writeFile(file, source(next));
      await app.catalogue.reload();
    },
    async [Symbol.asyncDispose]() {
      database.close();
      await app[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

it("creates a declared schedule once, and leaves a person's edits until the code says something else", async () => {
  await using declared = await declaring('cron: "0 * * * *", maxAttempts: 2');
  const { app, activate } = declared;
  const now = () => app.engine.getSchedule("report");
  activate();
  expect(now()).toMatchObject({
    spec: { cron: "0 * * * *" },
    maxAttempts: 2,
    declaration: { changedByUser: false, pending: null },
  });
  const { revision } = now();
  activate();
  expect(now().revision).toBe(revision);

  app.engine.updateSchedule({ scheduleId: "report", spec: { cron: "30 * * * *" } }, "user");
  activate();
  expect(now()).toMatchObject({
    spec: { cron: "30 * * * *" },
    declaration: { changedByUser: true, pending: { spec: { cron: "0 * * * *" } } },
  });

  await declared.rewrite('cron: "15 * * * *"');
  activate();
  expect(now()).toMatchObject({
    spec: { cron: "15 * * * *" },
    maxAttempts: 1,
    declaration: { changedByUser: false, pending: null },
  });
});

it("does not make a deleted schedule again, and says why one could not be made", async () => {
  await using declared = await declaring('cron: "0 * * * *"');
  const { app, activate } = declared;
  activate();
  app.engine.deleteSchedule("report", "user");
  activate();
  expect(app.engine.getSchedule("report").status).toBe("deleted");
  await app.engine.purgeSchedule("report");
  await declared.rewrite("calendar: { month: 2, dayOfMonth: 30, hour: 0 }");
  expect(activate()).toMatchObject([
    { path: declared.file, message: expect.stringMatching(/^The schedule of report was not made: .*never/) },
  ]);
  expect(app.reads.listSchedules({}).total).toBe(0);
  expect(String(app.errors)).toMatch(/The schedule of report was not made/);
  await declared.rewrite('cron: "0 * * * *"');
  expect(activate()).toEqual([]);
});
