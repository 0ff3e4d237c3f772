import { ActionIcon, Button, Group, Menu, Tooltip } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconBraces,
  IconCalendar,
  IconChevronDown,
  IconClipboard,
  IconRefresh,
  IconTerminal,
} from "@tabler/icons-react";
import { type ClipboardEvent, useState } from "react";
import { notifyError } from "../../../components/notify.tsx";
import { ExclusionsRow } from "../exclude/ExclusionsRow.tsx";
import type { NewCard, WhenDraft } from "../model/draft.ts";
import { type Pasted, readPasted } from "../model/paste.ts";
import { templates } from "../model/templates.ts";
import { useEditorContext, useIssues } from "../state/editorContext.ts";
import { BoundsRow } from "./BoundsRow.tsx";
import { EntryCard } from "./EntryCard.tsx";
import { SpecTextDialog } from "./SpecTextDialog.tsx";
import classes from "./WhenSection.module.css";

const newCards: readonly { label: string; Icon: typeof IconCalendar; card: NewCard }[] = [
  { label: "Calendar", Icon: IconCalendar, card: { kind: "calendar", value: { times: ["09:00"] } } },
  { label: "Cron", Icon: IconTerminal, card: { kind: "cron", value: "0 9 * * *" } },
  { label: "Interval", Icon: IconRefresh, card: { kind: "interval", value: "1h" } },
];

/** *When*: the entries as cards, what is excluded, and the zone and bounds they hold in. */
export function WhenSection(props: {
  when: WhenDraft;
  removed: ReadonlyMap<string, number | null>;
  year: number;
  undo: () => void;
  redo: () => void;
  canUndo: boolean;
  canRedo: boolean;
}) {
  const { when } = props;
  const { edit, announce } = useEditorContext();
  const [showText, setShowText] = useState(false);
  const general = useIssues("").filter((issue) => issue.field === "");

  const add = (card: NewCard) => {
    edit({ type: "addCards", cards: [card] });
    announce(`Entry ${when.cards.length + 1} added`);
  };
  const take = (pasted: Pasted) => {
    if (pasted.spec !== null && when.cards.length === 0) {
      // The zone of the reader stays where the pasted spec names none.
      edit({ type: "spec", spec: { timezone: when.timezone, ...pasted.spec } });
    } else {
      edit({ type: "addCards", cards: pasted.cards });
      if (pasted.exclusions.length > 0) edit({ type: "addExclusions", exclusions: pasted.exclusions });
    }
    announce(`Pasted: ${pasted.cards.length === 1 ? "one entry" : `${pasted.cards.length} entries`}`);
  };
  const paste = (event: ClipboardEvent) => {
    // Into a field of text, pasting is typing.
    const target = event.target as HTMLElement;
    if (target.closest("input, textarea, [contenteditable]") !== null) return;
    const pasted = readPasted(event.clipboardData.getData("text"));
    if (pasted === null) return;
    event.preventDefault();
    take(pasted);
  };
  const pasteFromClipboard = async () => {
    try {
      const pasted = readPasted(await navigator.clipboard.readText());
      if (pasted === null) notifyError(new Error("The clipboard holds no cron line, interval or JSON of a spec."));
      else take(pasted);
    } catch {
      notifyError(new Error("The clipboard cannot be read here: press Ctrl+V instead."));
    }
  };

  return (
    <section className={classes.section} aria-labelledby="when-title" onPaste={paste} tabIndex={-1}>
      <Group justify="space-between" gap="sm">
        <h2 id="when-title" className={classes.heading}>
          When
        </h2>
        <Group gap={4} role="toolbar" aria-label="When">
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" rightSection={<IconChevronDown size={12} aria-hidden="true" />}>
                Templates
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {templates.map(({ label, spec }) => (
                <Menu.Item key={label} onClick={() => edit({ type: "spec", spec, keepBounds: true })}>
                  {label}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
          <Tooltip label="Paste a cron line, an interval or JSON (Ctrl+V works anywhere in here)">
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
          <Button
            variant="default"
            leftSection={<IconBraces size={14} aria-hidden="true" />}
            onClick={() => setShowText(true)}
          >
            JSON
          </Button>
        </Group>
      </Group>

      {when.cards.length === 0 && (
        <p className={classes.empty}>
          Nothing fires yet. Add an entry, choose a template, or paste a cron line. Several entries fire at all of their
          times.
        </p>
      )}
      {when.cards.map((card, index) => (
        <EntryCard key={card.id} card={card} number={index + 1} />
      ))}
      {when.cards.length > 0 && general.length > 0 && (
        <p className={classes.error} role="alert">
          {general.map((issue) => issue.message).join(" ")}
        </p>
      )}
      <Group gap={6} role="group" aria-label="Add an entry">
        <span className={classes.add}>{when.cards.length === 0 ? "Add" : "Add another"}</span>
        {newCards.map(({ label, Icon, card }) => (
          <Button
            key={label}
            variant="default"
            leftSection={<Icon size={14} aria-hidden="true" />}
            onClick={() => add(card)}
          >
            {label}
          </Button>
        ))}
      </Group>
      <div className={classes.panel}>
        <ExclusionsRow exclusions={when.exclusions} removed={props.removed} year={props.year} />
        <BoundsRow timezone={when.timezone} startAt={when.startAt} endAt={when.endAt} jitter={when.jitter} />
      </div>
      <SpecTextDialog opened={showText} onClose={() => setShowText(false)} when={when} />
    </section>
  );
}
