import { createContext, useContext } from "react";
import type { DstPolicy, ExclusionCalendar } from "../../../../shared/schedule/types.ts";
import { locate, type WhenDraft } from "../model/draft.ts";
import type { Edit } from "./useEditor.ts";

export interface EditorIssue {
  /** The field within the card, as in `hour`; empty for the card as a whole. */
  field: string;
  message: string;
}

/** What is wrong, by id of card or exclusion; `""` for the spec itself. */
export type Issues = ReadonlyMap<string, readonly EditorIssue[]>;
/** Nothing wrong: always the same, so that what is memoized on it stays. */
export const noIssues: readonly EditorIssue[] = [];

interface EditorContextValue {
  edit: Edit;
  /** Says something to screen readers. */
  announce: (text: string) => void;
  /** The zone that times are in: the schedule's, or UTC where that is unknown. */
  zone: string;
  /** What becomes of times where the clock changes; the default where left out. */
  dst: DstPolicy | undefined;
  /** Phase of intervals that have none of their own, epoch ms. */
  anchorAt: number;
  calendars: ReadonlyMap<string, ExclusionCalendar>;
}

export const EditorContext = createContext<EditorContextValue | null>(null);

export function useEditorContext(): EditorContextValue {
  const value = useContext(EditorContext);
  if (value === null) throw new Error("outside the editor");
  return value;
}

/** The first message about one of the fields; undefined where there is none. A path inside a field (`times[1]`) counts. */
export function messageAt(issues: readonly EditorIssue[], ...fields: readonly string[]): string | undefined {
  return issues.find((issue) =>
    fields.some((field) => issue.field === field || new RegExp(`^${field}\\[`).test(issue.field)),
  )?.message;
}

/** Issues by card, from paths of the spec. The same message at several fields is kept at each. */
export function groupIssues(when: WhenDraft, issues: readonly { path: string; message: string }[]): Issues {
  const groups = new Map<string, EditorIssue[]>();
  for (const { path, message } of issues) {
    const { id, field } = locate(when, path);
    const key = id ?? "";
    groups.set(key, [...(groups.get(key) ?? []), { field, message }]);
  }
  return groups;
}
