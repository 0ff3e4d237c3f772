import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { compileSpec, nextOccurrence, parseWhen, SpecError } from "../index.ts";
import recorded from "../testing/onCalendars.json" with { type: "json" };
import { onCalendar } from "../testing/onCalendars.ts";
import { wallClock } from "../testing/oracle.ts";
import { askSystemd, hasSystemd, type OnCalendarAnswer } from "../testing/systemdAnalyze.ts";

// biome-ignore lint/style/noRestrictedGlobals: how long the suite may take is asked of the environment, by tests alone
const SOAK = process.env["ALMANAC_SOAK"] ? 20 : 1;

vi.setConfig({ testTimeout: 60_000 * SOAK });

/** The local days on which Berlin's clock changes: there systemd has rules of its own. */
const onChange = (at: number, zone: string) =>
  zone !== "UTC" &&
  /^(2\d{3}-03-(2[5-9]|3[01])|2\d{3}-10-(2[5-9]|3[01]))/.test(new Date(wallClock(zone, at)).toISOString()) &&
  new Date(wallClock(zone, at)).getUTCDay() === 0;

function ours({ text, zone, from }: OnCalendarAnswer, count: number): number[] | null {
  try {
    const { spec } = parseWhen(text, { dialect: "systemd", timezone: zone });
    const compiled = compileSpec(spec, { anchorAt: 0 });
    const times: number[] = [];
    let at = nextOccurrence(compiled, Date.parse(from));
    while (at !== null && times.length < count && at < Date.UTC(2200, 0, 1)) {
      times.push(at);
      at = nextOccurrence(compiled, at);
    }
    return times;
  } catch (error) {
    if (error instanceof SpecError) return null;
    throw error;
  }
}

/** Compares as far as neither has reached a day of clock change. */
function differs(answer: OnCalendarAnswer): string | null {
  const theirs = answer.times?.map((time) => Date.parse(time)) ?? null;
  const own = ours(answer, 6);
  if (theirs === null || own === null) return theirs === own ? null : `${theirs === null ? "they" : "we"} refuse it`;
  for (let i = 0; i < Math.max(theirs.length, own.length); i++) {
    const [a, b] = [theirs[i], own[i]];
    if (a === b) continue;
    // What the clock skips and repeats is told apart, and after it the lists are no longer in step.
    if ([a, b].some((at) => at !== undefined && onChange(at, answer.zone))) return null;
    return `${i}: theirs ${a === undefined ? "ends" : new Date(a).toISOString()}, ours ${b === undefined ? "ends" : new Date(b).toISOString()}`;
  }
  return null;
}

const problems = (answers: readonly OnCalendarAnswer[]) =>
  answers.flatMap((answer) => {
    const problem = differs(answer);
    return problem === null ? [] : [`${answer.text} (${answer.zone}): ${problem}`];
  });

describe("OnCalendar", () => {
  it("means what systemd's own answers say, in UTC and where the clock changes", () => {
    expect(recorded.length).toBeGreaterThan(1000);
    expect(problems(recorded as OnCalendarAnswer[])).toEqual([]);
  });

  if (!hasSystemd()) console.log("there is no systemd-analyze to ask: only its recorded answers are compared");
  it.runIf(hasSystemd())("means what the systemd of this machine says", () => {
    const texts = fc.sample(onCalendar, 15 * SOAK);
    expect(
      problems(texts.flatMap((text) => [...askSystemd(text, "UTC"), ...askSystemd(text, "Europe/Berlin")])),
    ).toEqual([]);
  });

  it("does not run at what the clock skips, and at both of what it repeats", () => {
    const answer = { text: "02:30", zone: "Europe/Berlin", times: null };
    const shown = (from: string) => ours({ ...answer, from }, 2)?.map((at) => new Date(at).toISOString().slice(0, 16));
    expect(shown("2027-03-27T12:00:00Z")).toEqual(["2027-03-29T00:30", "2027-03-30T00:30"]);
    expect(shown("2027-10-30T12:00:00Z")).toEqual(["2027-10-31T00:30", "2027-10-31T01:30"]);
  });
});
