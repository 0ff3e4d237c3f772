import { type ReactNode, useState } from "react";
import { notifyDone, notifyError } from "./notify.tsx";

/** Puts a text on the clipboard and says what, or why not. */
export async function copyText(text: string, said: string): Promise<void> {
  if (await copied(text)) notifyDone(said);
}

/** A button that says by itself that it has copied. */
export function CopyButton(props: {
  value: string;
  children: (state: { copied: boolean; copy: () => void }) => ReactNode;
}) {
  const [last, setLast] = useState<string | null>(null);
  const copy = async () => {
    if (await copied(props.value)) setLast(props.value);
  };
  return props.children({ copied: last === props.value, copy });
}

/** Whether it is done; why not is said. */
async function copied(text: string): Promise<boolean> {
  try {
    // Missing where the pages come over plain HTTP from another machine.
    if (navigator.clipboard === undefined) copySelected(text);
    else await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    notifyError(error);
    return false;
  }
}

/** The older way, of which browsers ask no secure origin: within what is open, since a dialog keeps the focus to itself. */
function copySelected(text: string): void {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.style.cssText = "position: fixed; opacity: 0";
  (focused?.closest('[role="dialog"]') ?? document.body).append(area);
  area.focus({ preventScroll: true });
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  if (!isCopied) throw new Error("The browser does not allow pages to copy here: mark the text and press Ctrl+C.");
}
