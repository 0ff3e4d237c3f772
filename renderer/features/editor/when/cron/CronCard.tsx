import { Button, Group } from "@mantine/core";
import { useId, useState } from "react";
import {
  type CronFieldName,
  readCronText,
  readToken,
  withSeconds,
  withToken,
  writeToken,
} from "../../model/cronText.ts";
import { type EditorIssue, messageAt } from "../../state/editorContext.ts";
import classes from "./CronCard.module.css";
import { CronFieldPicker } from "./CronFieldPicker.tsx";
import { CronInput } from "./CronInput.tsx";

const fieldNames: Record<CronFieldName, { name: string; takes: string }> = {
  second: { name: "second", takes: "0–59" },
  minute: { name: "minute", takes: "0–59" },
  hour: { name: "hour", takes: "0–23" },
  dayOfMonth: { name: "day of month", takes: "1–31, L" },
  month: { name: "month", takes: "1–12, jan–dec" },
  dayOfWeek: { name: "weekday", takes: "0–7, sun–sat, 5L, 2#1" },
};

/** A cron expression as text, each field in its colour with its help and its error under it, and each to be clicked together. */
export function CronCard(props: {
  value: string;
  issues: readonly EditorIssue[];
  onChange: (value: string, key?: string) => void;
}) {
  const { value, onChange } = props;
  const id = useId();
  const [open, setOpen] = useState<CronFieldName | null>(null);
  const { tokens, macro } = readCronText(value);
  const hasSeconds = tokens.some((token) => token.name === "second");
  const shown = tokens.find((token) => token.name === open);
  const inField = tokens.some((token) => token.problem !== null);
  return (
    <>
      <Group gap="sm" align="start">
        <CronInput
          aria-label="Cron expression"
          data-free-text
          description="minute, hour, day of month, month, weekday; or @daily"
          inputWrapperOrder={["label", "input", "description", "error"]}
          value={value}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => onChange(event.currentTarget.value, "cron")}
          // What is wrong in one field is said under that field.
          error={inField || messageAt(props.issues, "")}
          flex={1}
          miw={220}
        />
        <Button variant="default" onClick={() => onChange(withSeconds(value, !hasSeconds))}>
          {hasSeconds ? "Without seconds" : "With seconds"}
        </Button>
      </Group>
      {tokens.length > 0 && (
        <div className={classes.fields} role="group" aria-label="Fields of the expression">
          {tokens.map((token) => (
            <div key={token.name} className={classes.field}>
              <button
                type="button"
                className={classes.token}
                data-field={token.name}
                data-invalid={token.problem !== null || undefined}
                aria-expanded={open === token.name}
                aria-label={`${fieldNames[token.name].name}: ${token.text}`}
                aria-describedby={token.problem === null ? undefined : `${id}-${token.name}`}
                onClick={() => setOpen(open === token.name ? null : token.name)}
              >
                {token.text}
              </button>
              <span className={classes.name}>{fieldNames[token.name].name}</span>
              <span className={classes.takes}>{fieldNames[token.name].takes}</span>
            </div>
          ))}
          {macro !== null && <span className={classes.macro}>{macro} written out</span>}
        </div>
      )}
      {tokens.map(
        (token) =>
          token.problem !== null && (
            <p key={token.name} id={`${id}-${token.name}`} className={classes.problem} role="alert">
              <strong>{fieldNames[token.name].name}</strong> {token.problem}
            </p>
          ),
      )}
      {shown !== undefined && (
        <CronFieldPicker
          name={shown.name}
          label={fieldNames[shown.name].name}
          text={shown.text}
          selection={readToken(shown.name, shown.text)}
          onPick={(selection) => onChange(withToken(value, shown.name, writeToken(shown.name, selection)))}
          onText={(text) => onChange(withToken(value, shown.name, text))}
        />
      )}
    </>
  );
}
