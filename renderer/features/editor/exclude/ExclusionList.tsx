import { ActionIcon, Button, Group, Menu } from "@mantine/core";
import { IconCalendarOff, IconChevronDown, IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { CalendarEntry, Exclusion } from "../../../../shared/schedule/types.ts";
import { plural } from "../../../format/numbers.ts";
import type { ExclusionItem } from "../model/draft.ts";
import { kindOf } from "../model/exclusions.ts";
import { exclusionText } from "../model/exclusionText.ts";
import { type EditorIssue, type Issues, messageAt, noIssues, useEditorContext } from "../state/editorContext.ts";
import { DatesDialog } from "./DatesDialog.tsx";
import classes from "./ExclusionsRow.module.css";
import { RuleEditor } from "./RuleEditor.tsx";

/** So many chips are shown at first, so that a calendar of a hundred holidays does not bury what is below it. */
const SHOWN = 40;

/** What does not fire, as chips to change and to take away, and a menu that adds to them. Edits what its context edits. */
export function ExclusionList(props: {
  exclusions: readonly ExclusionItem[];
  /** What is wrong with them, by id. */
  issues: Issues;
  /** Runs that each takes away by itself in the year shown; null where it cannot be told. */
  removed: ReadonlyMap<string, number | null>;
  year: number;
  /** Whether shared calendars can be excluded, too. */
  withCalendars: boolean;
}) {
  const { exclusions } = props;
  const { edit, announce, calendars } = useEditorContext();
  /** The days that are chosen: new ones, or those of an exclusion by its id. */
  const [choosing, setChoosing] = useState<"new" | { id: string } | null>(null);
  const [editing, setEditing] = useState<string | null>(null);
  // A rule that was just added opens, whatever id it was given.
  const opensNext = useRef(false);
  const lastId = exclusions.at(-1)?.id ?? null;
  useEffect(() => {
    if (opensNext.current) setEditing(lastId);
    opensNext.current = false;
  }, [lastId]);
  const add = (added: readonly Exclusion[]) => {
    edit({ type: "addExclusions", exclusions: added });
    announce(`Excluded: ${added.map(exclusionText).join(", ")}`);
  };
  const named = new Set(
    exclusions.flatMap(({ value }) => (typeof value === "object" && "calendar" in value ? [value.calendar] : [])),
  );
  const rule = exclusions.find((item) => item.id === editing && kindOf(item.value) === "rule");
  const chosen = exclusions.find((item) => typeof choosing === "object" && item.id === choosing?.id);
  const [showAll, setShowAll] = useState(false);
  const hidden = showAll ? 0 : Math.max(0, exclusions.length - SHOWN);
  const problems = new Set([...props.issues.values()].flat().map((issue) => issue.message));
  return (
    <>
      <div className={classes.body}>
        <Group gap={6}>
          {(hidden > 0 ? exclusions.slice(0, SHOWN) : exclusions).map((item) => (
            <ExclusionChip
              key={item.id}
              item={item}
              issues={props.issues.get(item.id) ?? noIssues}
              removed={props.removed.get(item.id) ?? null}
              year={props.year}
              open={editing === item.id}
              onOpen={() => {
                if (kindOf(item.value) === "rule") setEditing(editing === item.id ? null : item.id);
                else setChoosing({ id: item.id });
              }}
              onRemove={() => {
                edit({ type: "removeExclusion", id: item.id });
                announce(`No longer excluded: ${exclusionText(item.value)}`);
              }}
            />
          ))}
          {hidden > 0 && (
            <Button variant="subtle" onClick={() => setShowAll(true)}>
              {hidden} more
            </Button>
          )}
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
              <Menu.Item onClick={() => setChoosing("new")}>Dates…</Menu.Item>
              <Menu.Item
                onClick={() => {
                  opensNext.current = true;
                  add([{ month: 12, dayOfMonth: "24-26" }]);
                }}
              >
                By rule, every year
              </Menu.Item>
              {props.withCalendars && (
                <>
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
                </>
              )}
            </Menu.Dropdown>
          </Menu>
        </Group>
        {rule === undefined &&
          [...problems].map((problem) => (
            <p key={problem} className={classes.error} role="alert">
              {problem}
            </p>
          ))}
      </div>
      {rule !== undefined && (
        <RuleEditor
          key={rule.id}
          issues={props.issues.get(rule.id) ?? noIssues}
          entry={rule.value as CalendarEntry}
          onChange={(entries, key) => {
            edit({ type: "replaceExclusion", id: rule.id, exclusions: entries }, key && `${rule.id}:${key}`);
            if (entries.length > 1) announce(`Split into ${entries.length} rules`);
          }}
          onClose={() => setEditing(null)}
        />
      )}
      <DatesDialog
        opened={choosing !== null}
        current={chosen?.value ?? null}
        onClose={() => setChoosing(null)}
        onChoose={(days) => {
          if (chosen === undefined) add(days);
          else edit({ type: "replaceExclusion", id: chosen.id, exclusions: days });
        }}
      />
    </>
  );
}

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
      {kindOf(item.value) !== "calendar" ? (
        <button
          type="button"
          className={classes.text}
          onClick={props.onOpen}
          aria-expanded={kindOf(item.value) === "rule" ? props.open : undefined}
          aria-label={`${text}${effect === null ? "" : `, ${effect}`}. Edit`}
        >
          {content}
        </button>
      ) : (
        <span className={classes.text}>{content}</span>
      )}
      <ActionIcon size={24} aria-label={`Remove exclusion ${text}`} onClick={props.onRemove}>
        <IconX size={12} aria-hidden="true" />
      </ActionIcon>
      {error !== undefined && <span className="visuallyHidden">{error}</span>}
    </span>
  );
}
