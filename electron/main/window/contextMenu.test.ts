import { expect, it } from "vitest";
import { type Clicked, contextMenu } from "./contextMenu.ts";

const clicked = (changes: Partial<Clicked>): Clicked => ({
  isEditable: false,
  selectionText: "",
  linkURL: "",
  editFlags: { canCut: false, canCopy: true, canPaste: true, canSelectAll: true },
  ...changes,
});
const roles = (changes: Partial<Clicked>) =>
  contextMenu(clicked(changes)).flatMap(({ role, enabled }) => (role === undefined || enabled === false ? [] : [role]));

it("offers what can be done with the text at the place, and no menu where there is none", () => {
  expect(roles({ isEditable: true })).toEqual(["copy", "paste", "selectAll"]);
  expect(roles({ selectionText: "exit code 1" })).toEqual(["copy"]);
  expect(contextMenu(clicked({ selectionText: "  " }))).toEqual([]);
});
