import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { doneAgain, type StepRecord } from "../../../../shared/domain/run.ts";
import { openDatabase } from "../../opening/database.ts";
import { createStepStore } from "./steps.ts";

const running: StepRecord = {
  key: "a",
  name: "a",
  sequence: 0,
  status: "running",
  attempt: 1,
  startedAt: 5,
  completedAt: null,
};

test("a step keeps when and in which attempt of its run it was begun first, and which attempt did it last", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "almanac-steps-"));
  const database = openDatabase({ dataDir });
  try {
    database.sql.exec(
      "insert into runs (id, workflow_name, trigger, status, input, created_at) values ('r', 'w', 'manual', 'running', '{}', 1)",
    );
    const steps = createStepStore(database.sql);
    const told = (step: StepRecord): (StepRecord & { again: ReturnType<typeof doneAgain> })[] => {
      steps.save("r", step);
      return steps.of("r").map((one) => ({ ...one, again: doneAgain(one) }));
    };
    expect(told(running)).toMatchObject([{ firstStartedAt: 5, firstRunAttempt: 1, runAttempt: 1, again: null }]);
    // Its worker is gone, and the next attempt does it again from where it was.
    database.sql.exec("update runs set attempt = 2");
    const resumed = {
      startedAt: 5,
      firstStartedAt: 5,
      firstRunAttempt: 1,
      runAttempt: 2,
      again: { first: 1, last: 2 },
    };
    expect(told({ ...running, status: "completed", completedAt: 9 })).toMatchObject([resumed]);
    // Whoever goes on with it is told nothing more than it told.
    expect(steps.toResume("r")).toEqual([
      { ...running, status: "completed", completedAt: 9, error: null, wakeAt: null },
    ]);
    // One that had failed begins anew.
    database.sql.exec("update runs set attempt = 3");
    expect(told({ ...running, startedAt: 20 })).toMatchObject([
      { startedAt: 20, firstStartedAt: 5, firstRunAttempt: 1, runAttempt: 3 },
    ]);
    // Of steps from before it was noted nothing is said.
    database.sql.exec("update steps set run_attempt = null, first_run_attempt = null, first_started_at = null");
    expect(steps.of("r").map(doneAgain)).toEqual([null]);
  } finally {
    database.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
