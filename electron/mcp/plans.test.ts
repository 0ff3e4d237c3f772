import { expect, it } from "vitest";
import { createPlans, planLifeMs } from "./plans.ts";

/** Plans at a clock that is set by hand; each notes that it was done. */
function keeper() {
  const clock = { now: Date.parse("2026-03-02T09:00:00Z") };
  const done: string[] = [];
  const ground = { is: "as shown" };
  const plans = createPlans(() => clock.now);
  const keep = (what: string, holder = "one") =>
    plans.keep(
      {
        what,
        madeFrom: () => ground.is,
        apply: async () => {
          done.push(what);
          return { said: "done", path: "/schedules", result: {} };
        },
      },
      holder,
    );
  return { clock, done, ground, keep, apply: plans.apply };
}

it("is done until the instant that it says, and refused from then on", async () => {
  const { clock, done, keep, apply } = keeper();
  const [last, late] = [await keep("in time"), await keep("too late")];
  expect(late.expiresAt).toBe(new Date(clock.now + planLifeMs).toISOString());
  clock.now = Date.parse(last.expiresAt) - 1;
  expect(await apply(last.handle, "one")).toMatchObject({ what: "in time", said: "done" });
  clock.now += 1;
  await expect(apply(late.handle, "one")).rejects.toThrow("has expired (after 15 minutes); ask almanac_preview again");
  expect(done).toEqual(["in time"]);
});

it("is done once, by its holder alone, and not where its ground has changed", async () => {
  const { done, ground, keep, apply } = keeper();
  const first = await keep("first");
  await expect(apply(first.handle, "other")).rejects.toMatchObject({ code: "CONFLICT" });
  const twice = await Promise.allSettled([apply(first.handle, "one"), apply(first.handle, "one")]);
  expect(twice.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  const second = await keep("second");
  ground.is = "edited";
  await expect(apply(second.handle, "one")).rejects.toThrow("has changed since it was shown");
  ground.is = "as shown";
  await expect(apply(second.handle, "one")).rejects.toThrow("there is no such plan");
  expect(done).toEqual(["first"]);
});

it("keeps a hundred of one holder, and none of another's for them", async () => {
  const { keep, apply } = keeper();
  const others = await keep("another's", "two");
  const handles = [];
  for (let i = 0; i <= 100; i += 1) handles.push((await keep(`plan ${i}`)).handle);
  await expect(apply(handles[0] ?? "", "one")).rejects.toThrow("there is no such plan");
  expect(await apply(handles[1] ?? "", "one")).toMatchObject({ what: "plan 1" });
  expect(await apply(others.handle, "two")).toMatchObject({ what: "another's" });
});
