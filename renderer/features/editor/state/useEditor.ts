import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";
import { toSpec } from "../model/draft.ts";
import { sameDraft } from "../model/form.ts";
import { begin, reduceHistory } from "../model/history.ts";
import type { EditorAction } from "../model/reducer.ts";
import { type DraftBase, forgetDraft, keepDraft, keptDraft } from "./draftStore.ts";

/** Edits the draft; steps with the same key in a row (typing, dragging) are undone as one. */
export type Edit = (action: EditorAction, key?: string) => void;

/**
 * The draft with its history, kept in this browser until it is saved. `newest` is what an untouched editor holds; a draft
 * that is found keeps the base that it was begun from, so that what others have saved since is not taken for its own.
 */
export function useEditor(storageKey: string, newest: DraftBase) {
  const [restored] = useState(() => keptDraft(storageKey));
  const [base, setBase] = useState(restored?.base ?? newest);
  const [history, dispatch] = useReducer(reduceHistory, restored?.draft ?? base.start, begin);
  const [restoredAt, setRestoredAt] = useState(restored?.keptAt ?? null);
  const draft = history.present;
  const { start } = base;
  const changed = useMemo(() => !sameDraft(draft, start), [draft, start]);
  const spec = useMemo(() => toSpec(draft.when), [draft.when]);

  const edit: Edit = useCallback((action, key) => dispatch({ type: "edit", action, key: key ?? null }), []);
  const undo = useCallback(() => dispatch({ type: "undo" }), []);
  const redo = useCallback(() => dispatch({ type: "redo" }), []);
  const latest = useRef({ changed, done: false, keep: () => {} });
  latest.current.changed = changed;
  // A closed window must not lose the last word typed, so the draft is kept at once when the page is hidden.
  useEffect(() => {
    const keep = () => {
      if (latest.current.done) return;
      if (changed) keepDraft(storageKey, draft, base);
      else forgetDraft(storageKey);
    };
    latest.current.keep = keep;
    const timer = setTimeout(keep, 400);
    window.addEventListener("pagehide", keep);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("pagehide", keep);
    };
  }, [storageKey, draft, changed, base]);

  /** Begins anew with another version of what is edited. */
  const restart = useCallback(
    (next: DraftBase) => {
      forgetDraft(storageKey);
      setRestoredAt(null);
      setBase(next);
      dispatch({ type: "reset", draft: next.start });
    },
    [storageKey],
  );
  /** Whether leaving now, for another page or altogether, would leave changes behind. */
  const shouldAsk = useCallback((pathname?: string) => {
    // What is excluded is looked up and put right there, on the way: the draft waits.
    if (pathname === "/calendars") latest.current.keep();
    return latest.current.changed && !latest.current.done && pathname !== "/calendars";
  }, []);

  /** The draft is saved or thrown away: nothing of it is kept. */
  const finish = useCallback(() => {
    latest.current.done = true;
    forgetDraft(storageKey);
  }, [storageKey]);

  return {
    draft,
    /** What the draft changes. */
    base,
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
