import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvCell, csvText, runsCsv } from "./csv.ts";
import type { RunRow } from "./runs.ts";

/** A reader of RFC 4180, a character at a time. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? "";
    if (quoted) {
      if (char === '"' && text[i + 1] === '"') {
        cell += '"';
        i++;
      } else if (char === '"') quoted = false;
      else cell += char;
    } else if (char === '"') quoted = true;
    else if (char === ",") {
      row.push(cell);
      cell = "";
    } else if (char === "\r" && text[i + 1] === "\n") {
      i++;
      rows.push([...row, cell]);
      row = [];
      cell = "";
    } else cell += char;
  }
  return rows;
}

describe("CSV", () => {
  it.each(["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x","y")'])("leaves %j as text", (value) => {
    expect(parse(`${csvCell(value)}\r\n`)).toEqual([[`'${value}`]]);
  });

  it("reads back as it was written, whatever the texts hold", () => {
    const texts = fc.array(fc.array(fc.string({ unit: "grapheme" }), { minLength: 1, maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(texts, (rows) => {
        const read = parse(csvText(rows));
        expect(read).toEqual(rows.map((row) => row.map((text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text))));
        // Nothing that a spreadsheet would compute.
        for (const text of read.flat()) expect(text).not.toMatch(/^[=+\-@\t\r]/);
      }),
    );
  });

  it("says of a run what it was, and how long it took", () => {
    const run = {
      runId: "r1",
      scheduleId: "s",
      scheduleName: '=cmd|"x"',
      workflowName: "shell.command",
      status: "failed",
      trigger: "schedule",
      scheduledTime: "2026-01-01T00:00:00.000Z",
      createdAt: "2026-01-01T00:00:00.010Z",
      startedAt: "2026-01-01T00:00:00.500Z",
      completedAt: "2026-01-01T00:00:02.000Z",
      attempt: 2,
      backfillId: null,
      error: { code: "EXIT_CODE", name: "Error", message: "no disk\nat all" },
      warning: null,
      skipReason: null,
    } as unknown as RunRow;
    const [titles, cells] = parse(runsCsv([run])) as [string[], string[]];
    const told = Object.fromEntries(titles.map((title, i) => [title, cells[i]]));
    expect(told).toMatchObject({ name: `'=cmd|"x"`, "duration ms": "1500", message: "no disk\nat all", backfill: "" });
  });
});
