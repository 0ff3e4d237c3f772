import { expect, it } from "vitest";
import { setSettingSchema } from "./system.ts";

it("a setting may have the name of what every object has", () => {
  for (const key of Object.getOwnPropertyNames(Object.prototype)) {
    const { success } = setSettingSchema.safeParse({ key, value: "a" });
    expect([key, success]).toEqual([key, !key.startsWith("_")]);
  }
});
