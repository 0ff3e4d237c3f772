import { expect, test } from "vitest";
import { describeSpec } from "../../../../shared/schedule/index.ts";
import { specWords } from "./specWords.ts";

test("the reader's own zone is left out of a spec's words, another is not", () => {
  const zone = "Europe/Berlin";
  for (const spec of [
    { cron: "0 9 * * 1-5", timezone: zone },
    { cron: "0 9 * * 1-5", timezone: zone, endAt: "2027-01-01T00:00:00Z" },
    { calendar: [{ dayOfMonth: 1 }], exclude: ["2026-05-01"], timezone: zone },
  ]) {
    const whole = describeSpec(spec);
    expect(whole).toContain(zone);
    expect(specWords(whole, zone, zone)).not.toContain(zone);
    expect(specWords(whole, zone, "UTC")).toBe(whole);
  }
  expect(specWords("At 09:00, on New Year, UTC", "UTC", "UTC")).toBe("At 09:00, on New Year");
});
