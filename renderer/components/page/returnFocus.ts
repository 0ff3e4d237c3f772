import { type RefObject, useEffect, useState } from "react";

/** What a menu at the pointer was opened over, by the button that nobody sees. */
const origins = new WeakMap<Element, HTMLElement>();

/** What has the focus; of a menu, which closes at once, what it was opened from. */
function focusedNow(): HTMLElement | null {
  const { activeElement } = document;
  const menu = activeElement?.closest("[role=menu]");
  const opener = menu == null ? null : document.getElementById(menu.getAttribute("aria-labelledby") ?? "");
  const element = (opener === null ? undefined : origins.get(opener)) ?? opener ?? activeElement;
  return element instanceof HTMLElement && element !== document.body ? element : null;
}

function focusAgain(before: HTMLElement | null): void {
  // Once what had it meanwhile is gone; what something else has taken stays there.
  setTimeout(() => {
    const isFree = document.activeElement === null || document.activeElement === document.body;
    if (isFree && before?.isConnected === true) before.focus();
  });
}

/** Remembers what has the focus now; what is given back puts it there again. */
export function rememberFocus(): () => void {
  const before = focusedNow();
  return () => focusAgain(before);
}

/** For what is drawn only while it is open: gives the focus back to what had it before. `opener`: a menu's own button. */
export function useReturnFocus(opener?: RefObject<HTMLElement | null>): void {
  const [before] = useState(focusedNow);
  useEffect(() => {
    if (opener?.current != null && before !== null) origins.set(opener.current, before);
    return () => focusAgain(before);
  }, [before, opener]);
}
