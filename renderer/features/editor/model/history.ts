import type { EditorDraft } from "./form.ts";
import { type EditorAction, reduceDraft } from "./reducer.ts";

/** A draft with the steps before and after it. */
export interface History {
  past: readonly EditorDraft[];
  present: EditorDraft;
  future: readonly EditorDraft[];
  /** What the last step changed; a second change of the same thing (typing, dragging) joins it. */
  lastKey: string | null;
}

const MAX_STEPS = 200;

export type HistoryAction =
  | { type: "undo" }
  | { type: "redo" }
  /** Begins anew with another draft, with nothing to undo. */
  | { type: "reset"; draft: EditorDraft }
  /** `key` joins steps of one gesture; null is always a step of its own. */
  | { type: "edit"; action: EditorAction; key: string | null };

export const begin = (draft: EditorDraft): History => ({ past: [], present: draft, future: [], lastKey: null });

/** Reducer of the editor: every edit is a step that undo takes back. */
export function reduceHistory(history: History, action: HistoryAction): History {
  switch (action.type) {
    case "undo": {
      const previous = history.past.at(-1);
      if (!previous) return history;
      return {
        past: history.past.slice(0, -1),
        present: previous,
        future: [history.present, ...history.future],
        lastKey: null,
      };
    }
    case "redo": {
      const [next, ...future] = history.future;
      if (!next) return history;
      return { past: [...history.past, history.present], present: next, future, lastKey: null };
    }
    case "reset":
      return begin(action.draft);
    case "edit": {
      const present = reduceDraft(history.present, action.action);
      if (present === history.present) return history;
      const joins = action.key !== null && action.key === history.lastKey && history.past.length > 0;
      const past = joins ? history.past : [...history.past, history.present].slice(-MAX_STEPS);
      return { past, present, future: [], lastKey: action.key };
    }
  }
}
