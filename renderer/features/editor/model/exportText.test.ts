import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandLine, typeScript } from "./exportText.ts";
import { specArbitrary } from "./testing/specArbitrary.ts";

/** The words a shell makes of a command line. */
const wordsOf = (line: string): string[] =>
  execFileSync("sh", ["-c", `almanac() { printf '%s\\0' "$@"; }; ${line}`], { encoding: "utf8" })
    .split("\0")
    .slice(0, -1);

describe("commandLine", () => {
  it("gives each kind of spec the flag it has", () => {
    const line = (spec: object) => commandLine({ workflowName: "w", spec }, "daily");
    expect(line({ cron: "0 9 * * 1-5", timezone: "Europe/Berlin" })).toBe(
      "almanac schedules create --id daily --workflow w --cron '0 9 * * 1-5' --timezone Europe/Berlin",
    );
    expect(line({ interval: "90m" })).toContain("--every 90m");
    expect(line({ calendar: { hour: 9 } })).toContain(`--calendar '{"hour":9}'`);
    expect(commandLine({ workflowName: "w", spec: { interval: "1h" }, queue: "gpu" }, "daily")).toMatch(
      / --queue gpu$/,
    );
    expect(line({ cron: "0 9 * * *", exclude: ["2026-05-01"] })).toContain("--spec '{");
  });

  it("comes through a shell word for word, whatever the texts hold", () => {
    const text = fc.string({ unit: "binary", maxLength: 20 }).filter((value) => !/[\0\ud800-\udfff]/.test(value));
    const hostile = fc.oneof(text, fc.constantFrom("it's", "$(touch x)", "`id`", "a\nb", "-rf", '"', "\\", "!!"));
    fc.assert(
      fc.property(specArbitrary, hostile, hostile, (spec, name, note) => {
        const input = { command: name };
        const words = wordsOf(
          commandLine({ workflowName: "shell.command", name, note, spec, input, tags: [note] }, ""),
        );
        const following = (flag: string) => words[words.indexOf(flag) + 1];
        if (name !== "") expect(following("--name")).toBe(name);
        expect(following("--note")).toBe(note);
        expect(following("--tag")).toBe(note);
        expect(JSON.parse(following("--input") ?? "")).toEqual(input);
        if (words.includes("--spec")) expect(JSON.parse(following("--spec") ?? "")).toEqual(spec);
      }),
      { numRuns: 40 },
    );
  });
});

describe("typeScript", () => {
  it("is a literal that evaluates to the same input", () => {
    fc.assert(
      fc.property(specArbitrary, fc.string(), (spec, name) => {
        const text = typeScript({ workflowName: "w", name, spec });
        const literal = /^await createSchedule\(([\s\S]*)\);$/m.exec(text)?.[1];
        expect(new Function(`return (${literal})`)()).toEqual({ workflowName: "w", name, spec });
      }),
      { numRuns: 100 },
    );
  });
});
