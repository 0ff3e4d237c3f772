import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";
import { toSpec } from "../model/draft.ts";
import { type EditorDraft, sameDraft } from "../model/form.ts";
import { begin, reduceHistory } from "../model/history.ts";
import type { EditorAction } from "../model/reducer.ts";
import { forgetDraft, keepDraft, keptDraft } from "./draftStore.ts";

/** Edits the draft; steps with the same key in a row (typing, dragging) are undone as one. */
export type Edit = (action: EditorAction, key?: string) => void;

/** The draft with its history, kept in this browser until it is saved. `start` is what an untouched editor holds. */
export function useEditor(storageKey: string, start: EditorDraft) {
  const [restored] = useState(() => keptDraft(storageKey));
  const [history, dispatch] = useReducer(reduceHistory, restored?.draft ?? start, begin);
  const [restoredAt, setRestoredAt] = useState(restored?.keptAt ?? null);
  const draft = history.present;
  const changed = useMemo(() => !sameDraft(draft, start), [draft, start]);
  const spec = useMemo(() => toSpec(draft.when), [draft.when]);

  const edit: Edit = useCallback((action, key) => dispatch({ type: "edit", action, key: key ?? null }), []);
  const undo = useCallback(() => dispatch({ type: "undo" }), []);
  const redo = useCallback(() => dispatch({ type: "redo" }), []);
  const latest = useRef({ changed, done: false });
  latest.current.changed = changed;
  // A closed window must not lose the last word typed, so the draft is kept at once when the page is hidden.
  useEffect(() => {
    const keep = () => {
      if (latest.current.done) return;
      if (changed) keepDraft(storageKey, draft);
      else forgetDraft(storageKey);
    };
    const timer = setTimeout(keep, 400);
    window.addEventListener("pagehide", keep);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("pagehide", keep);
    };
  }, [storageKey, draft, changed]);

  /** Begins anew with another version of what is edited. */
  const restart = useCallback(
    (draft: EditorDraft) => {
      forgetDraft(storageKey);
      setRestoredAt(null);
      dispatch({ type: "reset", draft });
    },
    [storageKey],
  );
  /** Whether leaving now would leave changes behind. */
  const shouldAsk = useCallback(() => latest.current.changed && !latest.current.done, []);

  /** The draft is saved or thrown away: nothing of it is kept. */
  const finish = useCallback(() => {
    latest.current.done = true;
    forgetDraft(storageKey);
  }, [storageKey]);

  return {
    draft,
    spec,
    edit,
    undo,
    redo,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    changed,
    restoredAt,
    restart,
    shouldAsk,
    finish,
  };
}

export type Editor = ReturnType<typeof useEditor>;
