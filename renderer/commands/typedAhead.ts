/** What the palette is called, for screen readers. */
export const paletteName = "Find anything";

/** What was typed between the palette's key and its field. Another object each time. */
export interface TypedAhead {
  text: string;
  /** Enter came last. */
  entered: boolean;
}

/** By then it has come, or never will. */
const longestMs = 10_000;

/**
 * Keeps keys from the page until the palette's field has the focus, and then tells what they were: each of them alone may be
 * a command of the page, and would run a schedule. Returns what lets the keys go again.
 */
export function holdKeys(onTyped: (typed: TypedAhead) => void): () => void {
  let text = "";
  let entered = false;
  const isField = (target: EventTarget | null): boolean =>
    target instanceof HTMLInputElement && target.getAttribute("aria-label") === paletteName;
  const onKey = (event: KeyboardEvent): void => {
    if (isField(event.target) || event.key === "Escape") {
      letGo();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    entered = event.key === "Enter";
    if (event.key.length === 1) text += event.key;
    else if (event.key === "Backspace") text = text.slice(0, -1);
  };
  const onFocus = (event: FocusEvent): void => {
    if (!isField(event.target)) return;
    letGo();
    if (text !== "") onTyped({ text, entered });
  };
  const letGo = (): void => {
    clearTimeout(timer);
    window.removeEventListener("keydown", onKey, true);
    window.removeEventListener("focusin", onFocus, true);
  };
  const timer = setTimeout(letGo, longestMs);
  window.addEventListener("keydown", onKey, true);
  window.addEventListener("focusin", onFocus, true);
  return letGo;
}
