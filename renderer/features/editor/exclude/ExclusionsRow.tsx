import { ActionIcon, Button, Group, Menu } from "@mantine/core";
import { IconCalendarOff, IconChevronDown, IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { memo, useState } from "react";
import type { CalendarEntry, Exclusion } from "../../../../shared/schedule/types.ts";
import { plural } from "../../../format/numbers.ts";
import type { ExclusionItem } from "../model/draft.ts";
import { kindOf } from "../model/exclusions.ts";
import { exclusionText } from "../model/exclusionText.ts";
import { type EditorIssue, type Issues, messageAt, noIssues, useEditorContext } from "../state/editorContext.ts";
import { DatesDialog } from "./DatesDialog.tsx";
import classes from "./ExclusionsRow.module.css";
import { RuleEditor } from "./RuleEditor.tsx";

/** What does not fire: dates, ranges, rules and shared calendars, each with what it takes away. */
export const ExclusionsRow = memo(function ExclusionsRow(props: {
  exclusions: readonly ExclusionItem[];
  /** What is wrong with them, by id. */
  issues: Issues;
  /** Runs that each takes away by itself in the year shown; null where it cannot be told. */
  removed: ReadonlyMap<string, number | null>;
  year: number;
}) {
  const { exclusions } = props;
  const { edit, announce, calendars } = useEditorContext();
  const [choosing, setChoosing] = useState(false);
  const [editing, setEditing] = useState<string | null>(null);
  const add = (added: readonly Exclusion[]) => {
    edit({ type: "addExclusions", exclusions: added });
    announce(`Excluded: ${added.map(exclusionText).join(", ")}`);
  };
  const named = new Set(
    exclusions.flatMap(({ value }) => (typeof value === "object" && "calendar" in value ? [value.calendar] : [])),
  );
  const rule = exclusions.find((item) => item.id === editing && kindOf(item.value) === "rule");
  return (
    <section className={classes.section} aria-label="Exclusions">
      <span className={classes.label}>except</span>
      <div className={classes.body}>
        <Group gap={6}>
          {exclusions.map((item) => (
            <ExclusionChip
              key={item.id}
              item={item}
              issues={props.issues.get(item.id) ?? noIssues}
              removed={props.removed.get(item.id) ?? null}
              year={props.year}
              open={editing === item.id}
              onOpen={() => setEditing(editing === item.id ? null : item.id)}
              onRemove={() => {
                edit({ type: "removeExclusion", id: item.id });
                announce(`No longer excluded: ${exclusionText(item.value)}`);
              }}
            />
          ))}
          <Menu position="bottom-start">
            <Menu.Target>
              <Button
                variant="default"
                leftSection={<IconCalendarOff size={14} aria-hidden="true" />}
                rightSection={<IconChevronDown size={12} aria-hidden="true" />}
              >
                Exclude
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setChoosing(true)}>Dates…</Menu.Item>
              <Menu.Item onClick={() => add([{ month: 12, dayOfMonth: "24-26" }])}>By rule, every year</Menu.Item>
              <Menu.Divider />
              <Menu.Label>Exclusion calendars</Menu.Label>
              {[...calendars.keys()]
                .filter((name) => !named.has(name))
                .map((name) => (
                  <Menu.Item key={name} onClick={() => add([{ calendar: name }])}>
                    {name}
                  </Menu.Item>
                ))}
              <Menu.Item component={Link} to="/calendars">
                Manage calendars…
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
        {rule !== undefined && (
          <RuleEditor
            issues={props.issues.get(rule.id) ?? noIssues}
            entry={rule.value as CalendarEntry}
            onChange={(entry, key) =>
              edit({ type: "replaceExclusion", id: rule.id, exclusion: entry }, key && `${rule.id}:${key}`)
            }
            onClose={() => setEditing(null)}
          />
        )}
      </div>
      <DatesDialog opened={choosing} onClose={() => setChoosing(false)} onAdd={add} />
    </section>
  );
});

function ExclusionChip(props: {
  item: ExclusionItem;
  issues: readonly EditorIssue[];
  removed: number | null;
  year: number;
  open: boolean;
  onOpen: () => void;
  onRemove: () => void;
}) {
  const { item, removed, issues } = props;
  const error = issues[0]?.message ?? messageAt(issues, "");
  const text = exclusionText(item.value);
  const effect = removed === null ? null : `${plural(removed, "run")} removed in ${props.year}`;
  const content = (
    <>
      <span>{text}</span>
      {effect !== null && <span className={classes.effect}>{`−${removed}`}</span>}
    </>
  );
  return (
    <span
      className={classes.chip}
      data-invalid={error !== undefined || undefined}
      data-tip={error ?? effect ?? undefined}
    >
      {kindOf(item.value) === "rule" ? (
        <button
          type="button"
          className={classes.text}
          onClick={props.onOpen}
          aria-expanded={props.open}
          aria-label={`${text}, ${effect ?? ""}. Edit`}
        >
          {content}
        </button>
      ) : (
        <span className={classes.text}>{content}</span>
      )}
      <ActionIcon size={22} aria-label={`Remove exclusion ${text}`} onClick={props.onRemove}>
        <IconX size={12} aria-hidden="true" />
      </ActionIcon>
      {error !== undefined && <span className="visuallyHidden">{error}</span>}
    </span>
  );
}
