import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rank, ranked } from "./rank.ts";

const order = (query: string, ...labels: string[]) => ranked(query, labels, (label) => ({ label }));

describe("ranking", () => {
  it("puts what was typed before what merely holds it", () => {
    expect(order("job 77", "job 1077", "job 770", "job 77", "my job 77")).toEqual([
      "job 77",
      "job 770",
      "my job 77",
      "job 1077",
    ]);
    expect(order("back", "Feedback", "Nightly backup", "Backfills")).toEqual([
      "Backfills",
      "Nightly backup",
      "Feedback",
    ]);
  });

  it("finds words in any order, each of them, and by further words", () => {
    expect(order("report run", "Run now: nightly report", "Run now: backup")).toEqual(["Run now: nightly report"]);
    expect(rank("crontab", "Import schedules…", ["crontab", "systemd"])).toBeGreaterThan(0);
    expect(rank("crontab nothing", "Import schedules…", ["crontab"])).toBe(0);
  });

  it("never loses what holds every word, and never keeps what lacks one", () => {
    const words = fc.array(fc.stringMatching(/^[a-z0-9]{1,4}$/), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(words, fc.stringMatching(/^[a-z0-9 :]{0,20}$/), (typed, label) => {
        expect(rank(typed.join(" "), label) > 0).toBe(typed.every((word) => label.includes(word)));
      }),
    );
  });

  it("takes the text itself for the best of all", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z0-9]{1,6}( [a-z0-9]{1,6}){0,2}$/),
        fc.array(fc.stringMatching(/^[a-z0-9 ]{1,20}$/)),
        (text, others) => {
          expect(order(text, ...others, text)[0]).toBe(text);
        },
      ),
    );
  });
});
