import { expect, it } from "vitest";
import { isolated } from "./isolated.ts";

it("isolates names that are written from right to left, and changes no other", () => {
  for (const name of ["Daily report", "Überprüfung №1", "每日报告", "🚀 deploy — 12", "a‎b"])
    expect(isolated(name)).toBe(name);
  for (const name of ["תזכורת", "Report في برلين", "ﬡ", "𐤀"]) expect(isolated(name)).toBe(`\u2068${name}\u2069`);
});
