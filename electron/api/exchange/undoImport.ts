import type { ImportItem, ImportUndone } from "../../../shared/api/exchange.ts";
import type { UpdateScheduleInput } from "../../../shared/api/schedules.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import type { NotificationRule } from "../../../shared/domain/notifications.ts";
import type { ExclusionCalendar } from "../../../shared/schedule/index.ts";
import type { Actor, Engine } from "../../engine/contract.ts";
import { createBatchSize, type InTurns } from "../../engine/turns.ts";
import type { ReadModel } from "../../storage/reads/readModel.ts";
import { sameJson } from "../canonicalJson.ts";
import type { Rules } from "./mailRules.ts";

/** What an import wrote: of a schedule that it changed with the revision that came of it, of a calendar with its entries. */
export interface Written {
  item: ImportItem;
  revision: number | null;
}

/** A rule of notifications that an import made, changed or removed; null where there was, or is, none. */
export interface RuleChange {
  name: string;
  before: NotificationRule | null;
  after: NotificationRule | null;
}

type Entries = ExclusionCalendar["entries"];

interface Import {
  written: Written[];
  rules: RuleChange[];
}

/** Of so many imports the last is known what they wrote: whoever undoes one does it soon. */
const KEPT = 20;

/** What differs between two lists of rules. */
export function ruleChanges(before: readonly NotificationRule[], after: readonly NotificationRule[]): RuleChange[] {
  const find = (rules: readonly NotificationRule[], name: string) => rules.find((rule) => rule.name === name) ?? null;
  const names = new Set([...before, ...after].map(({ name }) => name));
  return [...names]
    .map((name) => ({ name, before: find(before, name), after: find(after, name) }))
    .filter((change) => !sameJson(change.before, change.after));
}

export function createImportUndo(parts: {
  engine: Engine;
  reads: ReadModel;
  transaction: <T>(work: () => T) => T;
  notifications: Rules;
}) {
  const { engine, reads, transaction, notifications } = parts;
  const imports = new Map<string, Import>();
  /** Deleted by an undo: a second import may have them back. */
  const takenBack = new Set<string>();

  /** Deleted as by hand: with its runs, and it can be restored. Null where it is, or was before; else why it stays. */
  function takeBack({ item, revision }: Written, actor: Actor, undone: ImportUndone): string | null {
    const schedule = reads.readSchedule(item.id)?.schedule;
    if (schedule === undefined || schedule.status === "deleted") return null;
    if (schedule.revision !== revision) return "it was changed since";
    engine.deleteSchedule(item.id, actor);
    takenBack.add(item.id);
    undone.deleted++;
    return null;
  }

  /** Null where it is as it was; else why it stays as it is. */
  function putBack({ item, revision }: Written, actor: Actor): string | null {
    const scheduleId = item.id;
    const schedule = reads.readSchedule(scheduleId)?.schedule;
    if (schedule === undefined || schedule.status === "deleted") return "it is deleted";
    if (schedule.revision !== revision) return "it was changed since";
    const fields = item.changes.filter(({ field }) => field !== "status");
    try {
      if (fields.length > 0) {
        const before = Object.fromEntries(fields.map(({ field, from }) => [field, from ?? null]));
        engine.updateSchedule({ scheduleId, ...before } as UpdateScheduleInput, actor);
      }
      if (fields.length < item.changes.length && schedule.status === "paused") engine.resumeSchedule(scheduleId, actor);
      return null;
    } catch (error) {
      // What it named before may be gone, such as a calendar.
      if (error instanceof AppError) return error.message;
      throw error;
    }
  }

  function calendarBack({ item }: Written, actor: Actor): string | null {
    const { name } = item;
    const [change] = item.changes as { from: Entries | null; to: Entries }[];
    const stored = reads.exclusionCalendars().find((calendar) => calendar.name === name);
    if (stored === undefined || change === undefined) return "it is deleted";
    if (!sameJson(stored.entries, change.to)) return "it was changed since";
    try {
      if (change.from === null) engine.deleteExclusionCalendar(name, actor);
      else engine.saveExclusionCalendar({ name, entries: change.from }, actor);
      return null;
    } catch (error) {
      if (error instanceof AppError) return error.message;
      throw error;
    }
  }

  function ruleBack({ name, before, after }: RuleChange): string | null {
    const now = notifications.rules().find((rule) => rule.name === name) ?? null;
    if (now === null && after !== null) return "it is deleted";
    if (!sameJson(now, after)) return "it was changed since";
    if (before === null) notifications.deleteRule(name);
    else notifications.setRule(before);
    return null;
  }

  return {
    /** Remembers what an import wrote, also where only a part of it was. */
    remember(undoId: string, done: Import): void {
      imports.set(undoId, done);
      for (const [oldest] of imports) {
        if (imports.size <= KEPT) return;
        imports.delete(oldest);
      }
    },

    /** Whether an id is free for an import again: what had it was deleted by an undo. */
    tookBack: (scheduleId: string): boolean => takenBack.has(scheduleId),

    /** Takes an import back, in parts. What was changed since stays as it is, and is named. Throws NOT_FOUND, also where it is done already. */
    *undo(undoId: string, actor: Actor): InTurns<ImportUndone> {
      const done = imports.get(undoId);
      if (done === undefined)
        throw new AppError("NOT_FOUND", "This import cannot be undone any more: delete what it added under Schedules.");
      // From here on a second one finds nothing to undo.
      imports.delete(undoId);
      const undone: ImportUndone = { deleted: 0, changedBack: 0, rules: 0, kept: [] };
      const batch = createBatchSize({ first: 25, smallest: 25, largest: 1000, ms: 16 });
      // Schedules first, and what was written last: nothing names a calendar, or comes after another, that is gone already.
      const isCalendar = ({ item }: Written) => item.kind === "calendar";
      const wrote = done.written.filter(({ item }) => item.action !== "unchanged").reverse();
      const all = [...wrote.filter((each) => !isCalendar(each)), ...wrote.filter(isCalendar)];
      const keep = ({ kind, id, name }: Omit<ImportUndone["kept"][number], "why">, why: string | null): boolean => {
        if (why !== null) undone.kept.push({ kind, id, name, why });
        return why === null;
      };
      for (let from = 0; from < all.length; ) {
        const part = all.slice(from, from + batch.size());
        transaction(() => {
          const since = performance.now();
          for (const each of part) {
            const { item } = each;
            if (isCalendar(each)) keep(item, calendarBack(each, actor));
            else if (item.action === "create") keep(item, takeBack(each, actor, undone));
            else if (keep(item, putBack(each, actor))) undone.changedBack++;
          }
          batch.took(performance.now() - since);
        });
        from += part.length;
        yield;
      }
      for (const change of done.rules) {
        const { name } = change;
        if (keep({ kind: "rule", id: name, name }, ruleBack(change))) undone.rules++;
      }
      return undone;
    },
  };
}
