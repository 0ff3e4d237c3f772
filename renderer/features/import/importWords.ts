import type { ImportedBefore, ImportReport, ImportUndone } from "../../../shared/api/exchange.ts";
import { isolated } from "../../format/isolated.ts";
import { plural } from "../../format/numbers.ts";

const namedAtMost = 2;

/** `Undone: 3 schedules deleted, 1 as before. Nightly stays: it was changed since`. */
export function undoneWords({ deleted, changedBack, calendars, rules, kept }: ImportUndone): string {
  const done = [
    deleted > 0 ? `${plural(deleted, "schedule")} deleted` : "",
    changedBack > 0 ? `${deleted > 0 ? changedBack : plural(changedBack, "schedule")} as before` : "",
    calendars > 0 ? `${plural(calendars, "exclusion calendar")} as before` : "",
    rules > 0 ? `${plural(rules, "notification rule")} as before` : "",
  ].filter(Boolean);
  const stays = kept.slice(0, namedAtMost).map(({ name, why }) => `${isolated(name)} stays: ${why.replace(/\.$/, "")}`);
  if (kept.length > namedAtMost) stays.push(`and ${kept.length - namedAtMost} more stay`);
  return [`Undone${done.length === 0 ? "" : `: ${done.join(", ")}`}`, ...stays].join(". ");
}

/** `3 schedules added, 1 changed, 1 exclusion calendar set`, of an import that has been done. */
export function writtenWords({ items, created, updated, rules, stopped }: ImportReport): string {
  const set = items.filter(({ kind, action }) => kind === "calendar" && action !== "unchanged");
  const added = created - set.filter(({ action }) => action === "create").length;
  const changed = updated - set.filter(({ action }) => action === "update").length;
  const beside = [
    set.length > 0 ? `${plural(set.length, "exclusion calendar")} set` : "",
    rules > 0 ? `${plural(rules, "notification rule")} set` : "",
  ].filter(Boolean);
  const isBeside = added + changed === 0 && beside.length > 0;
  const isChanged = changed > 0;
  const schedules = isBeside
    ? []
    : [
        added > 0 || !isChanged ? `${plural(added, "schedule")} added` : "",
        isChanged ? `${added > 0 ? changed : plural(changed, "schedule")} changed` : "",
      ].filter(Boolean);
  return `${stopped ? "Stopped: " : ""}${[...schedules, ...beside].join(", ")}`;
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
