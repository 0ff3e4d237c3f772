import { expect, it } from "vitest";
import { conflictRows } from "./conflict.ts";
import { fromSpec } from "./draft.ts";
import { type EditorDraft, newDraft } from "./form.ts";

const base: EditorDraft = {
  ...newDraft("UTC"),
  name: "Report",
  when: fromSpec({ cron: "0 9 * * *", timezone: "UTC" }),
};

it("tells what others changed, in words, and where this edit changed the same", () => {
  const theirs = {
    ...base,
    when: fromSpec({ cron: "0 10 * * *", timezone: "UTC" }),
    note: "theirs",
    policies: { ...base.policies, maxAttempts: 3 },
  };
  const mine = { ...base, note: "mine", tags: ["a"] };
  expect(conflictRows(base, theirs, mine)).toEqual([
    { field: "when", was: expect.stringContaining("09:00"), theirs: expect.stringContaining("10:00"), mine: null },
    { field: "note", was: "–", theirs: "theirs", mine: "mine" },
    { field: "max attempts", was: "1", theirs: "3", mine: null },
  ]);
});

it("tells nothing where they are the same, whatever was changed here", () => {
  expect(conflictRows(base, base, { ...base, name: "Other" })).toEqual([]);
});
