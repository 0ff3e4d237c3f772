import * as z from "zod/mini";

const storageKey = "almanac-recents";
const kept = 6;

const recentSchema = z.object({
  kind: z.enum(["schedule", "run", "command"]),
  id: z.string().check(z.maxLength(200)),
  label: z.string().check(z.maxLength(400)),
  /** Of a run, what it was for or when it came about: several of one schedule are told apart by it. Epoch ms. */
  at: z.optional(z.number()),
});
export type Recent = z.infer<typeof recentSchema>;
const recentsSchema = z.array(recentSchema);

/** What was opened or done last in this browser, the newest first. */
export function recents(): Recent[] {
  try {
    const read = recentsSchema.safeParse(JSON.parse(localStorage.getItem(storageKey) ?? "[]"));
    return read.success ? read.data : [];
  } catch {
    return [];
  }
}

export function remember(recent: Recent): void {
  const others = recents().filter(({ kind, id }) => kind !== recent.kind || id !== recent.id);
  try {
    localStorage.setItem(storageKey, JSON.stringify([recent, ...others].slice(0, kept)));
  } catch {
    // A browser that keeps nothing has no recents.
  }
}
