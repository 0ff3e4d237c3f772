import type { EditorDraft } from "../model/form.ts";

const prefix = "almanac-draft:";

interface Kept {
  draft: EditorDraft;
  /** Epoch ms. */
  keptAt: number;
  /** What it was begun from; absent in drafts of an older program. */
  base?: DraftBase;
}

/** The version of a schedule that a draft changes, and what the editor held of it. */
export interface DraftBase {
  start: EditorDraft;
  /** Null for a new schedule. */
  revision: number | null;
}

/** The draft kept under a key; null where there is none, or one that an older program wrote. */
export function keptDraft(key: string): Kept | null {
  try {
    const kept = JSON.parse(localStorage.getItem(prefix + key) ?? "null") as Kept | null;
    return kept !== null && Array.isArray(kept.draft?.when?.cards) && kept.draft.policies !== undefined ? kept : null;
  } catch {
    return null;
  }
}

/** Keeps a draft; where the browser has no room for it, the page simply asks before it is left. */
export function keepDraft(key: string, draft: EditorDraft, base: DraftBase): void {
  try {
    localStorage.setItem(prefix + key, JSON.stringify({ draft, keptAt: Date.now(), base } satisfies Kept));
  } catch {
    forgetDraft(key);
  }
}

export function forgetDraft(key: string): void {
  localStorage.removeItem(prefix + key);
}
