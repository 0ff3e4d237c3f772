import { describeSpec } from "../../../../shared/schedule/words/describe.ts";
import { toSpec } from "./draft.ts";
import { type EditorDraft, type PolicyName, policyNames } from "./form.ts";

/** A field that somebody else has changed since the edit began. */
export interface ConflictRow {
  field: string;
  was: string;
  theirs: string;
  /** What it is in this edit, where it was changed here, too. */
  mine: string | null;
}

const fields = ["name", "workflowName", "spec", "input", "note", "tags", ...policyNames] as const;
type Field = (typeof fields)[number];

const fieldNames: Partial<Record<Field, string>> = { workflowName: "workflow", spec: "when" };

const fieldOf = (draft: EditorDraft, field: Field): unknown => {
  if (field === "spec") return toSpec(draft.when);
  if (field === "name") return draft.name.trim();
  if (field === "workflowName" || field === "input" || field === "note" || field === "tags") return draft[field];
  return draft.policies[field as PolicyName];
};

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function shown(draft: EditorDraft, field: Field): string {
  const value = fieldOf(draft, field);
  if (field === "spec") {
    try {
      return describeSpec(toSpec(draft.when));
    } catch {
      return JSON.stringify(value);
    }
  }
  if (value === null || value === "" || (Array.isArray(value) && value.length === 0)) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What others have changed since `base`, and where this edit has changed the same. */
export function conflictRows(base: EditorDraft, theirs: EditorDraft, mine: EditorDraft): ConflictRow[] {
  return fields
    .filter((field) => !same(fieldOf(base, field), fieldOf(theirs, field)))
    .map((field) => {
      const changedHere = !same(fieldOf(base, field), fieldOf(mine, field));
      return {
        field: fieldNames[field] ?? field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
        was: shown(base, field),
        theirs: shown(theirs, field),
        mine: changedHere ? shown(mine, field) : null,
      };
    });
}
