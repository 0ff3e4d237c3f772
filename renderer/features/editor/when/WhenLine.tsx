import { Button, TextInput } from "@mantine/core";
import { type FormEvent, memo, useId, useState } from "react";
import { dialectNames } from "../../../../shared/schedule/dialects/dialect.ts";
import { type NamedSchedule, resolveSchedules } from "../../../../shared/schedule/dialects/events.ts";
import { type ParsedWhen, parseWhen } from "../../../../shared/schedule/dialects/parseWhen.ts";
import { SpecError } from "../../../../shared/schedule/errors.ts";
import { describeSpec } from "../../../../shared/schedule/words/describe.ts";
import { useScheduleNames } from "../../schedules/useScheduleNames.ts";
import { type Pasted, pastedOf, whenProblem } from "../model/paste.ts";
import { useEditorContext } from "../state/editorContext.ts";
import classes from "./WhenLine.module.css";

function read(text: string, schedules: readonly NamedSchedule[]): ParsedWhen | { problem: string } {
  try {
    const parsed = parseWhen(text, { now: Date.now() });
    return { ...parsed, spec: resolveSchedules(parsed.spec, schedules) };
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return { problem: whenProblem(error) };
  }
}

/** *When* in a line: words or another program's text, read as it is typed, which becomes cards. */
export const WhenLine = memo(function WhenLine(props: { onPasted: (pasted: Pasted) => void }) {
  const { announce } = useEditorContext();
  const [text, setText] = useState("");
  const answer = useId();
  const { schedules, nameOf } = useScheduleNames();
  const parsed = text.trim() === "" ? null : read(text, schedules);
  const add = (event: FormEvent) => {
    event.preventDefault();
    if (parsed === null || "problem" in parsed) return;
    props.onPasted(pastedOf(parsed.spec));
    announce(`Added: ${describeSpec(parsed.spec, { zone: false, nameOf })}`);
    setText("");
  };
  return (
    <form className={classes.line} onSubmit={add}>
      <TextInput
        className={classes.input}
        aria-label="Say when"
        aria-describedby={answer}
        data-free-text
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        placeholder="weekdays at 9 and 14:45"
        spellCheck={false}
      />
      <Button type="submit" variant="default" disabled={parsed === null || "problem" in parsed}>
        Add
      </Button>
      <div className={classes.answer} id={answer} aria-live="polite">
        {parsed === null && (
          <p className={classes.hint}>
            In words, "after Backup fails", or as cron (0 9 * * 1-5), systemd, iCalendar and others.
          </p>
        )}
        {parsed !== null && "problem" in parsed && <p className={classes.problem}>{parsed.problem}.</p>}
        {parsed !== null && "spec" in parsed && (
          <>
            <p>
              <span className={classes.dialect}>
                {parsed.dialect === "words" ? "Words" : dialectNames[parsed.dialect]}
              </span>{" "}
              {describeSpec(parsed.spec, { zone: parsed.spec.timezone !== undefined, nameOf })}
            </p>
            {parsed.notes.map((note) => (
              <p key={note} className={classes.note}>
                {note}
              </p>
            ))}
          </>
        )}
      </div>
    </form>
  );
});
