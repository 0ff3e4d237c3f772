/** How long the first of two keys waits for the second. */
const waitsMs = 1500;

const isMac = /mac/i.test(navigator.platform);

/** The keys of a command as they are printed on a keyboard, one after the other. */
export function keyCaps(keys: string): string[] {
  return keys.split(" ").map((key) => {
    if (key.startsWith("mod+")) return isMac ? `⌘${key.slice(4).toUpperCase()}` : `Ctrl ${key.slice(4).toUpperCase()}`;
    return key === "Delete" ? "Del" : key;
  });
}

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/**
 * Reads keys one by one. Gives the keys that have been pressed: `r`, or both of a pair as `g r`. Null while the first of a
 * pair waits for its second, `pair` keys that were the second of none.
 */
export function createKeyReader(firsts: ReadonlySet<string>, now: () => number) {
  let first: { key: string; at: number } | null = null;
  return {
    /** `taken` keys are the reader's own: nobody else may act on them. */
    read({ key, ctrlKey, metaKey, altKey }: KeyPress): { keys: string | null; taken: boolean } {
      // Shift alone presses no key of its own: `?` is held with it.
      if (key === "Shift") return { keys: null, taken: false };
      const waiting = first !== null && now() - first.at < waitsMs ? first.key : null;
      first = null;
      if (ctrlKey || metaKey || altKey) return { keys: null, taken: false };
      if (waiting !== null) return { keys: `${waiting} ${key}`, taken: true };
      if (firsts.has(key)) {
        first = { key, at: now() };
        return { keys: null, taken: true };
      }
      return { keys: key, taken: false };
    },
    forget() {
      first = null;
    },
  };
}

/** Whether keys belong to what has the focus: something that is typed into, a dialog, an open menu. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement && ["checkbox", "radio", "button"].includes(target.type)) {
    return target.closest("[role=dialog]") !== null;
  }
  return (
    target.closest("input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=listbox]") !== null
  );
}
