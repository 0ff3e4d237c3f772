import { ActionIcon, Button, Group, Menu, Tooltip } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconBolt,
  IconBraces,
  IconCalendar,
  IconChevronDown,
  IconClipboard,
  IconClock,
  IconRefresh,
  IconTerminal,
} from "@tabler/icons-react";
import { memo } from "react";
import { notifyError } from "../../../components/page/notify.tsx";
import type { NewCard } from "../model/draft.ts";
import { type Pasted, readPasted, whyNot } from "../model/paste.ts";
import { templatesOf } from "../model/templates.ts";
import { useEditorContext } from "../state/editorContext.ts";
import classes from "./WhenSection.module.css";

const newCards: readonly { label: string; Icon: typeof IconCalendar; card: NewCard }[] = [
  { label: "Calendar", Icon: IconCalendar, card: { kind: "calendar", value: { times: ["09:00"] } } },
  { label: "Cron", Icon: IconTerminal, card: { kind: "cron", value: "0 9 * * *" } },
  { label: "Interval", Icon: IconRefresh, card: { kind: "interval", value: "1h" } },
];

/** Tomorrow at nine, by the reader's own calendar. */
const onceCard = (): NewCard => ({
  kind: "at",
  value: `${new Date(Date.now() + 86_400_000).toLocaleDateString("sv-SE")}T09:00`,
});

/** What acts on all of *when*: templates, pasting, undo and redo, its text. */
export const WhenToolbar = memo(function WhenToolbar(props: {
  undo: () => void;
  redo: () => void;
  canUndo: boolean;
  canRedo: boolean;
  onPasted: (pasted: Pasted) => void;
  onText: () => void;
}) {
  const { edit, announce, calendars } = useEditorContext();
  const pasteFromClipboard = async () => {
    try {
      const text = await navigator.clipboard.readText();
      const pasted = readPasted(text);
      if (pasted === null) notifyError(new Error(`Nothing was pasted. ${whyNot(text)}.`));
      else props.onPasted(pasted);
    } catch {
      notifyError(new Error("The clipboard cannot be read here: press Ctrl+V instead."));
    }
  };
  return (
    <Group gap={4} role="toolbar" aria-label="When">
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={12} aria-hidden="true" />}>
            Templates
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {templatesOf(new Date().toLocaleDateString("sv-SE"), [...calendars.keys()][0]).map(({ label, spec }) => (
            <Menu.Item
              key={label}
              onClick={() => {
                edit({ type: "template", spec });
                announce(`Template: ${label}`);
              }}
            >
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Tooltip label="Paste a cron line, another program's text for when, or JSON (Ctrl+V works anywhere in here)">
        <ActionIcon aria-label="Paste" onClick={pasteFromClipboard}>
          <IconClipboard size={16} aria-hidden="true" />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Undo (Ctrl+Z)">
        <ActionIcon aria-label="Undo" onClick={props.undo} disabled={!props.canUndo}>
          <IconArrowBackUp size={16} aria-hidden="true" />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Redo (Ctrl+Shift+Z)">
        <ActionIcon aria-label="Redo" onClick={props.redo} disabled={!props.canRedo}>
          <IconArrowForwardUp size={16} aria-hidden="true" />
        </ActionIcon>
      </Tooltip>
      <Button variant="default" leftSection={<IconBraces size={14} aria-hidden="true" />} onClick={props.onText}>
        JSON
      </Button>
    </Group>
  );
});

/** A button for each kind of entry. */
export const AddEntry = memo(function AddEntry(props: { isFirst: boolean; onAdd: (card: NewCard) => void }) {
  return (
    <Group gap={6} role="group" aria-label="Add an entry" data-adds>
      <span className={classes.add}>{props.isFirst ? "Add" : "Add another"}</span>
      {newCards.map(({ label, Icon, card }) => (
        <Button
          key={label}
          variant="default"
          leftSection={<Icon size={14} aria-hidden="true" />}
          onClick={() => props.onAdd(card)}
        >
          {label}
        </Button>
      ))}
      <Button
        variant="default"
        leftSection={<IconClock size={14} aria-hidden="true" />}
        onClick={() => props.onAdd(onceCard())}
      >
        Once
      </Button>
      <Button
        variant="default"
        leftSection={<IconBolt size={14} aria-hidden="true" />}
        onClick={() => props.onAdd({ kind: "on", value: { after: { scheduleId: "" } } })}
      >
        On an event
      </Button>
    </Group>
  );
});
