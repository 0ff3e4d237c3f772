import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StepRecord } from "../../../shared/domain/run.ts";
import { DurableSteps, type StepCall } from "./durableSteps.ts";
import type { RunFailure } from "./failures.ts";

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((done) => setImmediate(done));
};

/** The store of a run's records: what an engine keeps between attempts. */
function createRecords() {
  const records = new Map<string, StepRecord>();
  return {
    kept: () => [...records.values()].sort((a, b) => a.sequence - b.sequence),
    save: (step: StepRecord) => void records.set(step.key, JSON.parse(JSON.stringify(step)) as StepRecord),
  };
}

interface AttemptOptions {
  records: ReturnType<typeof createRecords>;
  now?: () => number;
  /** The attempt dies after so many completed steps. */
  dieAfter?: number;
}

/** One attempt of a workflow; resolves with how it ended. */
async function attempt<T>(
  { records, now, dieAfter = Number.POSITIVE_INFINITY }: AttemptOptions,
  work: (
    steps: DurableSteps,
    call: (name: string, execute: () => unknown, more?: Partial<StepCall>) => Promise<unknown>,
  ) => Promise<T>,
): Promise<{ result?: T; thrown?: unknown; wakeAt?: number; mismatch?: RunFailure; died?: true }> {
  let completed = 0;
  return new Promise((resolve) => {
    const steps = new DurableSteps({
      kept: records.kept(),
      signal: new AbortController().signal,
      hide: (text) => text,
      report: (step) => {
        if (completed >= dieAfter) return;
        records.save(step);
        if (step.completedAt !== null && ++completed >= dieAfter) {
          steps.close();
          resolve({ died: true });
        }
      },
      suspend: (wakeAt) => {
        steps.close();
        resolve({ wakeAt });
      },
      mismatch: (mismatch) => {
        steps.close();
        resolve({ mismatch });
      },
      ...(now === undefined ? {} : { now }),
    });
    const call = (name: string, execute: () => unknown, more: Partial<StepCall> = {}): Promise<unknown> =>
      steps.call({ name, maxRetries: 0, retryDelayMs: 0, timeoutMs: null, execute: async () => execute(), ...more });
    work(steps, call).then(
      (result) => {
        try {
          steps.checkAllCalled();
          resolve({ result });
        } catch (thrown) {
          resolve({ thrown });
        }
      },
      (thrown: unknown) => {
        steps.markCulprit(thrown);
        resolve({ thrown });
      },
    );
  });
}

type Part = { step: string; fails: boolean } | { together: Part[][] };
const part: fc.Arbitrary<Part> = fc.letrec<{ part: Part }>((tie) => ({
  part: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ step: fc.constantFrom("load", "store"), fails: fc.boolean() }),
    fc.record({ together: fc.array(fc.array(tie("part"), { maxLength: 3 }), { maxLength: 3 }) }),
  ),
})).part;

describe("a run that dies again and again", () => {
  test("does no finished step twice and gives every call its own result", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 4 }),
        fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.nat(3)),
        async (program, deaths, delays) => {
          const records = createRecords();
          const finished = new Map<string, number>();
          const answers = new Map<string, unknown>();
          const expected = new Map<string, unknown>();
          const walk = (parts: Part[], path: string): void => {
            for (const [at, inner] of parts.entries()) {
              if ("step" in inner) expected.set(`${path}/${at}`, inner.fails ? "caught" : `${path}/${at}`);
              else for (const [branch, list] of inner.together.entries()) walk(list, `${path}/${at}.${branch}`);
            }
          };
          walk(program, "");
          const run = async (
            parts: Part[],
            path: string,
            call: Parameters<Parameters<typeof attempt>[1]>[1],
            alive: () => boolean,
          ): Promise<void> => {
            for (const [at, inner] of parts.entries()) {
              const here = `${path}/${at}`;
              if ("together" in inner) {
                await Promise.all(inner.together.map((list, branch) => run(list, `${here}.${branch}`, call, alive)));
                continue;
              }
              const work = async (): Promise<string> => {
                await turns(delays.next().value ?? 0);
                if (alive()) finished.set(here, (finished.get(here) ?? 0) + 1);
                if (inner.fails) throw new Error(here);
                return here;
              };
              const answer = await call(inner.step, work).catch((error: Error) => {
                expect(error.message).toBe(here);
                return "caught";
              });
              if (alive()) answers.set(here, answer);
            }
          };
          for (const dieAfter of [...deaths, Number.POSITIVE_INFINITY]) {
            let alive = true;
            answers.clear();
            const ended = await attempt({ records, dieAfter: dieAfter === 0 ? 1 : dieAfter }, (_steps, call) =>
              run(program, "", call, () => alive),
            );
            alive = false;
            expect(ended.thrown).toBeUndefined();
            expect(ended.mismatch).toBeUndefined();
            if (ended.died === undefined) break;
          }
          expect(answers).toEqual(expected);
          // The step in which an attempt died may have ended without being heard; none that was heard is done again.
          for (const count of finished.values()) expect(count).toBeLessThanOrEqual(1 + deaths.length);
          const keys = records.kept().map(({ key }) => key);
          expect(new Set(keys).size).toBe(keys.length);
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);

  test("a finished step is not executed again", async () => {
    const records = createRecords();
    const done: string[] = [];
    const work = async (_steps: DurableSteps, call: (name: string, execute: () => unknown) => Promise<unknown>) => {
      const all: unknown[] = [];
      for (const name of ["a", "b", "a"]) {
        all.push(
          await call(name, () => {
            done.push(name);
            return done.length;
          }),
        );
      }
      return all;
    };
    await attempt({ records, dieAfter: 2 }, work);
    expect((await attempt({ records }, work)).result).toEqual([1, 2, 3]);
    expect(done).toEqual(["a", "b", "a"]);
    expect(records.kept().map(({ key, status }) => [key, status])).toEqual([
      ["a", "completed"],
      ["b", "completed"],
      ["a#2", "completed"],
    ]);
  });
});

describe("a workflow that has changed since its run began", () => {
  const first = async (records: ReturnType<typeof createRecords>, names: string[]) =>
    attempt({ records, dieAfter: names.length }, async (_steps, call) => {
      for (const name of names) await call(name, () => name);
    });

  test("is told which step it was and is", async () => {
    const records = createRecords();
    await first(records, ["fetch", "store"]);
    const { mismatch } = await attempt({ records }, async (_steps, call) => {
      await call("fetch", () => 1);
      try {
        await call("transform", () => 2);
      } catch {
        return "caught";
      }
      return "went on";
    });
    expect(mismatch).toMatchObject({
      code: "NONDETERMINISTIC",
      details: { recorded: "store", called: "transform", position: 2 },
    });
    expect(mismatch?.message).toContain("was store and is now transform");
  });

  test("is told which steps it no longer calls", async () => {
    const records = createRecords();
    await first(records, ["fetch", "store", "notify"]);
    const { thrown } = await attempt({ records }, async (_steps, call) => call("fetch", () => 1));
    expect(thrown).toMatchObject({ code: "NONDETERMINISTIC", details: { missing: ["store", "notify"] } });
  });
});

describe("steps that fail", () => {
  test("are tried again, with the attempts counted", async () => {
    const records = createRecords();
    let tries = 0;
    const { result } = await attempt({ records }, (_steps, call) =>
      call(
        "flaky",
        () => {
          if (++tries < 3) throw new Error(`try ${tries}`);
          return tries;
        },
        { maxRetries: 5 },
      ),
    );
    expect(result).toBe(3);
    expect(records.kept()).toMatchObject([{ key: "flaky", status: "completed", attempt: 3 }]);
  });

  test("wait longer each time, without holding a runner, and go on where they were", async () => {
    const records = createRecords();
    let now = 1_000_000;
    const waits: number[] = [];
    let tries = 0;
    for (;;) {
      const { wakeAt, thrown } = await attempt({ records, now: () => now }, (_steps, call) =>
        call(
          "flaky",
          () => {
            tries++;
            throw new Error("down");
          },
          { maxRetries: 4, retryDelayMs: 60_000 },
        ),
      );
      if (wakeAt === undefined) {
        expect((thrown as Error).message).toBe("down");
        break;
      }
      waits.push(wakeAt - now);
      now = wakeAt;
    }
    expect(waits).toEqual([60_000, 120_000, 240_000, 480_000]);
    expect(tries).toBe(5);
  });

  test("are done again by the next attempt where the run failed with them, and only then", async () => {
    const records = createRecords();
    let down = true;
    const calls: string[] = [];
    const work = async (_steps: DurableSteps, call: (name: string, execute: () => unknown) => Promise<unknown>) => {
      const tried = async (name: string, fails: boolean): Promise<unknown> =>
        call(name, () => {
          calls.push(name);
          if (fails) throw new Error(name);
          return name;
        });
      const primary = await tried("primary", true).catch(() => "no primary");
      const fallback = await tried("fallback", false);
      try {
        await tried("publish", down);
      } catch (error) {
        await tried("clean_up", false);
        throw new Error("could not publish", { cause: error });
      }
      return [primary, fallback, await tried("announce", false)];
    };
    expect((await attempt({ records }, work)).thrown).toMatchObject({ message: "could not publish" });
    down = false;
    calls.length = 0;
    expect(await attempt({ records }, work)).toEqual({ result: ["no primary", "fallback", "announce"] });
    expect(calls).toEqual(["publish", "announce"]);
    calls.length = 0;
    expect(await attempt({ records }, work)).toEqual({ result: ["no primary", "fallback", "announce"] });
    expect(calls).toEqual([]);
  });

  test("time out", async () => {
    const records = createRecords();
    const { thrown } = await attempt({ records }, (_steps, call) =>
      call("slow", () => new Promise(() => undefined), { timeoutMs: 5 }),
    );
    expect(thrown).toMatchObject({ code: "TIMEOUT", message: expect.stringContaining("step slow") });
  });

  test("whose result cannot be kept are refused, not tried again", async () => {
    const records = createRecords();
    let tries = 0;
    const { thrown } = await attempt({ records }, (_steps, call) =>
      call(
        "dates",
        () => {
          tries++;
          return { at: new Date(0) };
        },
        { maxRetries: 3 },
      ),
    );
    expect(thrown).toMatchObject({ code: "NOT_SERIALIZABLE", message: expect.stringContaining("step dates") });
    expect(tries).toBe(1);
  });
});

describe("sleeping", () => {
  test("gives the runner back and goes on when the time has come", async () => {
    const records = createRecords();
    let now = 5_000;
    const work = async (steps: DurableSteps, call: (name: string, execute: () => unknown) => Promise<unknown>) => {
      const before = await call("before", () => now);
      await steps.sleepUntil((at) => at + 7_200_000);
      return [before, await call("after", () => now)];
    };
    expect(await attempt({ records, now: () => now }, work)).toEqual({ wakeAt: 7_205_000 });
    now = 7_000_000;
    expect(await attempt({ records, now: () => now }, work)).toEqual({ wakeAt: 7_205_000 });
    now = 7_205_000;
    expect(await attempt({ records, now: () => now }, work)).toEqual({ result: [5_000, 7_205_000] });
  });

  test("waits for steps that run beside it", async () => {
    const records = createRecords();
    let finish: () => void = () => undefined;
    let suspended = false;
    const ending = attempt({ records, now: () => 0 }, (steps, call) =>
      Promise.all([
        steps.sleepUntil(() => 3_600_000),
        call("long", () => new Promise<void>((done) => (finish = done))),
      ]),
    ).then((end) => {
      suspended = true;
      return end;
    });
    await turns(5);
    expect(suspended).toBe(false);
    finish();
    expect(await ending).toEqual({ wakeAt: 3_600_000 });
    expect(records.kept()).toMatchObject([{ status: "sleeping" }, { status: "completed" }]);
  });
});
