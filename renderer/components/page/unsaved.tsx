import { useBlocker } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import { ConfirmDialog } from "./ConfirmDialog.tsx";

/** Told whether a form has what is not saved; false once it is gone. */
export type OnChanged = (changed: boolean) => void;

/**
 * Asks before what a form holds unsaved is left, by going elsewhere, by closing the window, or for another form of the same
 * page (`leave`). `text` says what would be lost.
 */
export function useUnsaved(text: string) {
  // Asked only when it is about to be left, so that nothing is drawn anew for it.
  const changed = useRef(false);
  const onChanged: OnChanged = useCallback((value) => {
    changed.current = value;
  }, []);
  const [leaving, setLeaving] = useState<{ go: () => void } | null>(null);
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => changed.current && current.pathname !== next.pathname,
    enableBeforeUnload: () => changed.current,
    withResolver: true,
  });
  const dialog = (
    <ConfirmDialog
      opened={leaving !== null || blocker.status === "blocked"}
      onClose={() => {
        setLeaving(null);
        blocker.reset?.();
      }}
      title="Leave with changes?"
      cancelLabel="Stay"
      confirmLabel="Throw them away"
      onConfirm={() => {
        changed.current = false;
        leaving?.go();
        blocker.proceed?.();
      }}
    >
      {text}
    </ConfirmDialog>
  );
  return { onChanged, leave: (go: () => void) => (changed.current ? setLeaving({ go }) : go()), dialog };
}

/** Whether what is in a form is another thing than `saved`, told for as long as the form is there. */
export function useTellChanged(value: unknown, saved: unknown, onChanged: OnChanged): void {
  const changed = JSON.stringify(value) !== JSON.stringify(saved);
  useEffect(() => {
    onChanged(changed);
    return () => onChanged(false);
  }, [changed, onChanged]);
}
