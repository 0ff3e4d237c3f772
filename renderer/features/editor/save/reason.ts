import type { CalendarEntry } from "../../../../shared/schedule/types.ts";
import { locate } from "../model/draft.ts";
import { unfinished as lacksChoice } from "../model/entry.ts";
import { kindOf } from "../model/exclusions.ts";
import type { EditorDraft } from "../model/form.ts";
import { lackingOf, lacksCommand } from "../model/lacking.ts";
import type { Preview } from "../model/preview.ts";

/** Why a draft cannot be saved: something is still to be done, or something is wrong. */
export interface Reason {
  text: string;
  kind: "unfinished" | "wrong";
}

const unfinished = (text: string): Reason => ({ text, kind: "unfinished" });
const wrong = (text: string): Reason => ({ text, kind: "wrong" });

/** Why a draft cannot be saved, for the place beside the button; null where it can. */
export function reasonNotToSave(given: {
  draft: EditorDraft;
  preview: Preview;
  specChanged: boolean;
  changed: boolean;
  isNew: boolean;
}): Reason | null {
  const { draft, preview } = given;
  if (!given.isNew && !given.changed) return unfinished("Nothing has changed.");
  if (draft.name.trim() === "") return unfinished("Give it a name.");
  if (draft.workflowName === "") return unfinished("Choose a workflow.");
  if (lacksCommand(draft.workflowName, draft.input)) return unfinished("Give it a command.");
  if (draft.when.cards.length === 0) return unfinished("Add an entry to When.");
  for (const card of draft.when.cards) {
    const lacking = lackingOf(card);
    if (lacking !== null) return unfinished(lacking);
  }
  for (const { value } of draft.when.exclusions) {
    const lacking = kindOf(value) === "rule" ? lacksChoice(value as CalendarEntry) : null;
    if (lacking !== null) return unfinished(`${lacking.replace(/\.$/, "")} to exclude.`);
  }
  // A spec that is not sent is not judged: what was saved stays what it is.
  if (!given.specChanged) return null;
  if (preview.neverFires !== null) return wrong(`It would never run. ${preview.neverFires}`);
  if (preview.compiled === null) {
    // What is wrong is said at its entry.
    const path = preview.issues[0]?.path ?? "";
    const at = draft.when.cards.findIndex((card) => card.id === locate(draft.when, path).id) + 1;
    return at > 0 ? unfinished(`Put entry ${at} right.`) : wrong(preview.issues[0]?.message ?? "When is not finished.");
  }
  const dead = preview.issues[0];
  if (dead !== undefined) {
    const number = draft.when.cards.findIndex((card) => card.id === locate(draft.when, dead.path).id) + 1;
    return wrong(`Entry ${number} would never run.`);
  }
  if (preview.unknownZone !== null)
    return wrong(`Choose a zone that this system knows: ${preview.unknownZone} is not one.`);
  return null;
}
