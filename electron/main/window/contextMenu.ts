import type { MenuItemConstructorOptions, WebContents } from "electron";

/** What the page tells of the place that was clicked. */
export interface Clicked {
  isEditable: boolean;
  selectionText: string;
  linkURL: string;
  editFlags: { canCut: boolean; canCopy: boolean; canPaste: boolean; canSelectAll: boolean };
}

/** The menu over a text: what can be done with it here, and nothing that looks it up elsewhere. Empty where nothing can. */
export function contextMenu({ isEditable, selectionText, editFlags }: Clicked): MenuItemConstructorOptions[] {
  if (isEditable) {
    return [
      { role: "cut", enabled: editFlags.canCut },
      { role: "copy", enabled: editFlags.canCopy },
      { role: "paste", enabled: editFlags.canPaste },
      { type: "separator" },
      { role: "selectAll", enabled: editFlags.canSelectAll },
    ];
  }
  return selectionText.trim() === "" ? [] : [{ role: "copy", enabled: editFlags.canCopy }];
}

/** Pages that have a menu of their own at the place show that one instead. `show` opens the items as a menu there. */
export function followContextMenu(contents: WebContents, show: (items: MenuItemConstructorOptions[]) => void): void {
  contents.on("context-menu", (_event, clicked) => {
    const items = contextMenu(clicked);
    if (items.length > 0) show(items);
  });
}
