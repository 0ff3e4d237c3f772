import { Button, Checkbox, Group } from "@mantine/core";
import type { CalendarEntry } from "../../../../shared/schedule/types.ts";
import { withFields } from "../model/entry.ts";
import { type EditorIssue, messageAt } from "../state/editorContext.ts";
import { DaysRow } from "../when/DaysRow.tsx";
import { MonthsRow } from "../when/MonthsRow.tsx";
import { Row } from "../when/Row.tsx";
import { TimeField } from "../when/TimeField.tsx";
import classes from "./ExclusionsRow.module.css";

const inOrder = (a: string, b: string): [string, string] => (a <= b ? [a, b] : [b, a]);

/** The days, and where wanted the hours, that a rule excludes again and again. */
export function RuleEditor(props: {
  issues: readonly EditorIssue[];
  entry: CalendarEntry;
  onChange: (entry: CalendarEntry, key?: string) => void;
  onClose: () => void;
}) {
  const { entry, onChange, issues } = props;
  // Written as times or fields, the hours stay as they are; only a window is edited here.
  const hasOwnTimes =
    entry.times !== undefined || entry.hour !== undefined || entry.minute !== undefined || entry.every !== undefined;
  const [from, to] = entry.between ?? ["00:00", "06:00"];
  return (
    <div className={classes.rule} role="group" aria-label="Excluded by rule">
      <MonthsRow entry={entry} onChange={onChange} error={messageAt(issues, "month")} />
      <DaysRow
        entry={entry}
        // A rule is one entry; what takes several stays with its first.
        onChange={([first]) => first !== undefined && onChange(first)}
        errors={{
          dayOfMonth: messageAt(issues, "dayOfMonth"),
          dayOfWeek: messageAt(issues, "dayOfWeek"),
          weekOfMonth: messageAt(issues, "weekOfMonth"),
        }}
      />
      <Row label="hours" error={messageAt(issues, "between", "times", "hour", "minute", "every", "")}>
        {hasOwnTimes ? (
          <span className="dim">Only at the times it names.</span>
        ) : (
          <Group gap="sm">
            <Checkbox
              label="The whole day"
              checked={entry.between === undefined}
              onChange={(event) =>
                onChange(withFields(entry, { between: event.currentTarget.checked ? undefined : [from, to] }))
              }
            />
            {entry.between !== undefined && (
              <>
                <TimeField
                  label="Excluded from"
                  value={from}
                  onChange={(time) => onChange(withFields(entry, { between: inOrder(time, to) }))}
                />
                <span className="dim">to</span>
                <TimeField
                  label="Excluded to"
                  value={to}
                  onChange={(time) => onChange(withFields(entry, { between: inOrder(from, time) }))}
                />
              </>
            )}
          </Group>
        )}
      </Row>
      <Group justify="flex-end">
        <Button variant="default" onClick={props.onClose}>
          Done
        </Button>
      </Group>
    </div>
  );
}
