import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instantOf, localText } from "./localInstant.ts";

describe("instants as local dates and times", () => {
  it("read back as the same instant, or the first that the clock showed so", () => {
    const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia");
    const second = fc.integer({ min: Date.parse("2000-01-01T00:00:00Z") / 1000, max: 2_000_000_000 });
    fc.assert(
      fc.property(zone, second, (id, seconds) => {
        const text = localText(new Date(seconds * 1000).toISOString(), id);
        const at = instantOf(text, id);
        expect(localText(at, id)).toBe(text);
        expect(Date.parse(at ?? "")).toBeLessThanOrEqual(seconds * 1000);
      }),
    );
  });

  it("are later by the gap where the clock skips them", () => {
    expect(instantOf("2026-03-29T02:30", "Europe/Berlin")).toBe("2026-03-29T01:30:00Z");
    // Half an hour is skipped at 02:00.
    expect(localText(instantOf("2026-10-04T02:10", "Australia/Lord_Howe"), "Australia/Lord_Howe")).toBe(
      "2026-10-04T02:40",
    );
    // The whole day is.
    expect(localText(instantOf("2011-12-30T10:00", "Pacific/Apia"), "Pacific/Apia")).toBe("2011-12-31T10:00");
  });

  it("are none where the text is none", () => {
    for (const text of ["", "2026-03", "tomorrow"]) expect(instantOf(text, "UTC")).toBeNull();
    for (const value of [null, undefined, "", "never"]) expect(localText(value, "UTC")).toBe("");
  });
});
