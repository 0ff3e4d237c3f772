import { expect, it } from "vitest";
import { lazily } from "./lazily.ts";

it("is made once, by whoever asks first, and again after it has failed", async () => {
  const outcomes: (number | Error)[] = [new Error("EMFILE: too many open files"), new Error("ENOMEM"), 7];
  let asked = 0;
  const lazy = lazily(async () => {
    const outcome = outcomes[asked++];
    if (typeof outcome !== "number") throw outcome;
    return outcome;
  });
  expect(await lazy.made()).toBe(null);
  // Together they fail of one cause, and what is asked meanwhile is no failure of its own.
  const first = [lazy.get(), lazy.get()];
  expect(await lazy.made()).toBe(null);
  for (const failed of first) await expect(failed).rejects.toThrow("EMFILE");
  await expect(lazy.get()).rejects.toThrow("ENOMEM");
  expect(await Promise.all([lazy.get(), lazy.get(), lazy.made()])).toEqual([7, 7, 7]);
  expect(await lazy.get()).toBe(7);
  expect(asked).toBe(3);
});
