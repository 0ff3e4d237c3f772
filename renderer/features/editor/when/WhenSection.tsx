import { Group } from "@mantine/core";
import { type ClipboardEvent, useCallback, useRef, useState } from "react";
import { notifyDone, notifyError } from "../../../components/page/notify.tsx";
import { plural } from "../../../format/numbers.ts";
import { ExclusionsRow } from "../exclude/ExclusionsRow.tsx";
import type { NewCard, WhenDraft } from "../model/draft.ts";
import { beside, mayBeTyped, type Pasted, readPasted } from "../model/paste.ts";
import { type Issues, noIssues, useEditorContext } from "../state/editorContext.ts";
import { useKept } from "../state/useKept.ts";
import { BoundsRow } from "./BoundsRow.tsx";
import { EntryCard } from "./calendar/EntryCard.tsx";
import { useCardFocus } from "./parts/useCardFocus.ts";
import { SpecTextDialog } from "./SpecTextDialog.tsx";
import { WhenLine } from "./WhenLine.tsx";
import classes from "./WhenSection.module.css";
import { AddEntry, WhenToolbar } from "./WhenToolbar.tsx";

const nothingPasted =
  "What was pasted is no cron line, no interval such as 15m, no other program's text for when, and no JSON of a spec.";

/** *When*: the entries as cards, what is excluded, and the zone and bounds they hold in. */
export function WhenSection(props: {
  when: WhenDraft;
  issues: Issues;
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
  const { issues } = props;
  const section = useCardFocus(when.cards);
  const general = (issues.get("") ?? noIssues).filter((issue) => issue.field === "");
  const ids = new Set(when.exclusions.map((item) => item.id));
  const exclusionIssues = useKept(new Map([...issues].filter(([id]) => ids.has(id))));

  // The toolbar is drawn once for many keystrokes, so its handlers stay the same and look up what is current.
  const latest = useRef(when);
  latest.current = when;
  const add = useCallback(
    (card: NewCard) => {
      edit({ type: "addCards", cards: [card] });
      announce(`Entry ${latest.current.cards.length + 1} added`);
    },
    [edit, announce],
  );
  const take = useCallback(
    (pasted: Pasted) => {
      const current = latest.current;
      if (pasted.spec !== null && current.cards.length === 0) {
        // The zone of the reader stays where the pasted spec names none.
        edit({ type: "spec", spec: { timezone: current.timezone, ...pasted.spec } });
      } else {
        const { cards, lost } = beside(pasted, current.timezone ?? "UTC");
        edit({ type: "addCards", cards, exclusions: pasted.exclusions });
        if (lost.length > 0) notifyDone(`Pasted beside your entries, without ${lost.join(", ")}.`);
      }
      if (pasted.notes !== undefined && pasted.notes.length > 0) notifyDone(pasted.notes.join(" "));
      announce(`Pasted: ${plural(pasted.cards.length, "entry", "entries")}`);
    },
    [edit, announce],
  );
  const paste = (event: ClipboardEvent) => {
    const target = event.target as HTMLElement;
    // What a dialog of this section is given comes by here, too.
    if (!event.currentTarget.contains(target)) return;
    const text = event.clipboardData.getData("text");
    const field = target.closest("input, textarea");
    if (field !== null && mayBeTyped(text, field.hasAttribute("data-free-text"))) return;
    const pasted = readPasted(text);
    if (pasted !== null) {
      event.preventDefault();
      take(pasted);
    } else if (field === null && text.trim() !== "") notifyError(new Error(nothingPasted));
  };
  const openText = useCallback(() => setShowText(true), []);

  return (
    <section className={classes.section} aria-labelledby="when-title" onPaste={paste} tabIndex={-1} ref={section}>
      <Group justify="space-between" gap="sm">
        <h2 id="when-title" className={classes.heading}>
          When
        </h2>
        <WhenToolbar
          undo={props.undo}
          redo={props.redo}
          canUndo={props.canUndo}
          canRedo={props.canRedo}
          onPasted={take}
          onText={openText}
        />
      </Group>

      <WhenLine onPasted={take} />
      {when.cards.length === 0 && (
        <p className={classes.empty}>
          Nothing fires yet. Say when above, add an entry, choose a template, or paste a cron line. Several entries fire
          at all of their times.
        </p>
      )}
      {when.cards.map((card, index) => (
        <EntryCard key={card.id} card={card} number={index + 1} issues={issues.get(card.id) ?? noIssues} />
      ))}
      {when.cards.length > 0 && general.length > 0 && (
        <p className={classes.error} role="alert">
          {general.map((issue) => issue.message).join(" ")}
        </p>
      )}
      <AddEntry isFirst={when.cards.length === 0} onAdd={add} />
      <div className={classes.panel}>
        <ExclusionsRow
          exclusions={when.exclusions}
          issues={exclusionIssues}
          removed={props.removed}
          year={props.year}
        />
        <BoundsRow
          timezone={when.timezone}
          onlyOn={when.onlyOn}
          startAt={when.startAt}
          endAt={when.endAt}
          jitter={when.jitter}
          issues={issues.get("") ?? noIssues}
        />
      </div>
      <SpecTextDialog opened={showText} onClose={() => setShowText(false)} when={when} />
    </section>
  );
}
