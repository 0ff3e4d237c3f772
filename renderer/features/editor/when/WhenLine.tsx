import { Button, TextInput } from "@mantine/core";
import { type FormEvent, memo, useId, useState } from "react";
import { dialectNames } from "../../../../shared/schedule/dialects/dialect.ts";
import { type ParsedWhen, parseWhen } from "../../../../shared/schedule/dialects/parseWhen.ts";
import { SpecError } from "../../../../shared/schedule/errors.ts";
import { describeSpec } from "../../../../shared/schedule/words/describe.ts";
import { type Pasted, pastedOf } from "../model/paste.ts";
import { useEditorContext } from "../state/editorContext.ts";
import classes from "./WhenLine.module.css";

function read(text: string): ParsedWhen | { problem: string } {
  try {
    return parseWhen(text, { now: Date.now() });
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    const message = (error.issues[0]?.message ?? error.message).replace(/; given: .*$/s, "");
    return { problem: message.charAt(0).toUpperCase() + message.slice(1) };
  }
}

/** *When* in a line: words or another program's text, read as it is typed, which becomes cards. */
export const WhenLine = memo(function WhenLine(props: { onPasted: (pasted: Pasted) => void }) {
  const { announce } = useEditorContext();
  const [text, setText] = useState("");
  const answer = useId();
  const parsed = text.trim() === "" ? null : read(text);
  const add = (event: FormEvent) => {
    event.preventDefault();
    if (parsed === null || "problem" in parsed) return;
    props.onPasted(pastedOf(parsed.spec));
    announce(`Added: ${describeSpec(parsed.spec, { zone: false })}`);
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
            In words, or as cron (0 9 * * 1-5), systemd (Mon *-*-1..7 03:00), iCalendar and others.
          </p>
        )}
        {parsed !== null && "problem" in parsed && <p className={classes.problem}>{parsed.problem}.</p>}
        {parsed !== null && "spec" in parsed && (
          <>
            <p>
              <span className={classes.dialect}>
                {parsed.dialect === "words" ? "Words" : dialectNames[parsed.dialect]}
              </span>{" "}
              {describeSpec(parsed.spec, { zone: parsed.spec.timezone !== undefined })}
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
