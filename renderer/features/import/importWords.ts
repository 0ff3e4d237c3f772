import type { ImportedBefore, ImportUndone } from "../../../shared/api/exchange.ts";
import { isolated } from "../../format/isolated.ts";
import { plural } from "../../format/numbers.ts";

const namedAtMost = 2;

/** `Undone: 3 schedules deleted, 1 as before. Nightly stays: it was changed since`. */
export function undoneWords({ deleted, changedBack, rules, kept }: ImportUndone): string {
  const done = [
    deleted > 0 ? `${plural(deleted, "schedule")} deleted` : "",
    changedBack > 0 ? `${deleted > 0 ? changedBack : plural(changedBack, "schedule")} as before` : "",
    rules > 0 ? `${plural(rules, "notification rule")} as before` : "",
  ].filter(Boolean);
  const stays = kept.slice(0, namedAtMost).map(({ name, why }) => `${isolated(name)} stays: ${why.replace(/\.$/, "")}`);
  if (kept.length > namedAtMost) stays.push(`and ${kept.length - namedAtMost} more stay`);
  return [`Undone${done.length === 0 ? "" : `: ${done.join(", ")}`}`, ...stays].join(". ");
}

/** `added 3 schedules and changed 1 schedule, 2 notification rules`. */
export function importedWords({ created, updated, calendars, rules }: ImportedBefore): string {
  const changed = [
    updated > 0 ? plural(updated, "schedule") : "",
    calendars > 0 ? plural(calendars, "exclusion calendar") : "",
    rules > 0 ? plural(rules, "notification rule") : "",
  ].filter(Boolean);
  const parts = [
    created > 0 ? `added ${plural(created, "schedule")}` : "",
    changed.length > 0 ? `${created > 0 ? "set" : "changed"} ${changed.join(", ")}` : "",
  ].filter(Boolean);
  return parts.join(" and ");
}
