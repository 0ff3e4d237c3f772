import { useCallback, useRef, useState } from "react";
import type { Exclusion, ExclusionCalendar } from "../../../../shared/schedule/types.ts";
import { plural } from "../../../format/numbers.ts";
import type { WhenDraft } from "../model/draft.ts";
import { coversDate } from "../model/effects.ts";
import { toggleDate, toggleRange } from "../model/exclusions.ts";
import { dateWords, exclusionText, rangeWords } from "../model/exclusionText.ts";
import type { Preview } from "../model/preview.ts";
import type { Edit } from "./useEditor.ts";

/** Excludes days by clicks in the year, and takes them back; says what came of it. */
export function useDayToggle(
  when: WhenDraft,
  preview: Preview,
  calendars: ReadonlyMap<string, ExclusionCalendar>,
  edit: Edit,
  announce: (text: string) => void,
) {
  // It is about the exclusions as they were then: what undo takes back is said no more.
  const [said, setSaid] = useState({ text: "", exclusions: "" });
  const exclusions = JSON.stringify(when.exclusions.map((item) => item.value));
  const notice = said.exclusions === exclusions ? said.text : "";
  // The year is drawn once for many keystrokes, so the handlers stay the same and look up what is current.
  const latest = useRef({ when, preview, calendars });
  latest.current = { when, preview, calendars };
  const say = useCallback(
    (text: string, after: readonly Exclusion[]) => {
      setSaid({ text, exclusions: JSON.stringify(after) });
      announce(text);
    },
    [announce],
  );

  const toggle = useCallback(
    (date: string) => {
      const { when: current, preview: shown, calendars: known } = latest.current;
      const values = current.exclusions.map((item) => item.value);
      const covering = values.findIndex((value) => coversDate(value, date, known));
      const result = toggleDate(values, date, covering);
      const day = shown.days.get(date);
      const words = dateWords(date);
      if (result.change === "blocked") {
        const by = values[result.blockedBy ?? 0];
        say(
          `${words} is excluded by ${by === undefined ? "a rule" : exclusionText(by)}: change that exclusion to run on it.`,
          values,
        );
        return;
      }
      if (result.change === "excluded" && (day?.runs ?? 0) === 0) {
        say(`Nothing runs on ${words}.`, values);
        return;
      }
      edit({ type: "setExclusions", exclusions: result.exclusions });
      say(
        result.change === "excluded"
          ? `${words} excluded: ${plural(day?.runs ?? 0, "run")} removed.`
          : `${words} runs again: ${plural(day?.removed ?? 0, "run")} back.`,
        result.exclusions,
      );
    },
    [edit, say],
  );

  const excludeRange = useCallback(
    (from: string, to: string) => {
      const { when: current, preview: shown } = latest.current;
      let [runs, removed] = [0, 0];
      for (const [date, day] of shown.days) {
        if (date < from || date > to) continue;
        runs += day.runs;
        removed += day.removed;
      }
      const result = toggleRange(
        current.exclusions.map((item) => item.value),
        from,
        to,
      );
      edit({ type: "setExclusions", exclusions: result.exclusions });
      say(
        result.change === "excluded"
          ? `${rangeWords(from, to)} excluded: ${plural(runs, "run")} removed.`
          : `${rangeWords(from, to)} no longer excluded: ${plural(removed, "run")} back.`,
        result.exclusions,
      );
    },
    [edit, say],
  );

  return { toggle, excludeRange, notice };
}
