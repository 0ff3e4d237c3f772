import type { ImportedBefore, ImportListed, ImportUndone } from "../../../shared/api/exchange.ts";
import type { UpdateScheduleInput } from "../../../shared/api/schedules.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import type { NotificationRule } from "../../../shared/domain/notifications.ts";
import type { ExclusionCalendar } from "../../../shared/schedule/index.ts";
import type { Actor, Engine } from "../../engine/contract.ts";
import { createBatchSize, type InTurns } from "../../engine/turns.ts";
import type { ReadModel } from "../../storage/reads/readModel.ts";
import type { ActivityStore, ImportLine } from "../../storage/tables/activity.ts";
import { sameJson } from "../canonicalJson.ts";
import type { Rules } from "./mailRules.ts";

type Entries = ExclusionCalendar["entries"];

/** An exclusion calendar that an import made or changed; `from` is null where there was none. */
export interface CalendarChange {
  name: string;
  from: Entries | null;
  to: Entries;
}

/** A rule of notifications that an import made, changed or removed; null where there was, or is, none. */
export interface RuleChange {
  name: string;
  before: NotificationRule | null;
  after: NotificationRule | null;
}

/** What an import has written beside schedules, whose own history tells of them. */
export interface Beside {
  calendars?: CalendarChange[];
  rules?: RuleChange[];
}

/** What it did to one schedule, by its lines in the history. */
interface Written {
  scheduleId: string;
  created: boolean;
  paused: boolean;
  /** Each changed field as it was before. */
  before: Map<string, unknown>;
  /** Its last line. */
  lineId: number;
}

/** What differs between two lists of rules. */
export function ruleChanges(before: readonly NotificationRule[], after: readonly NotificationRule[]): RuleChange[] {
  const find = (rules: readonly NotificationRule[], name: string) => rules.find((rule) => rule.name === name) ?? null;
  const names = new Set([...before, ...after].map(({ name }) => name));
  return [...names]
    .map((name) => ({ name, before: find(before, name), after: find(after, name) }))
    .filter((change) => !sameJson(change.before, change.after));
}

/** What the lines of an import come to, in the order in which it was written. */
function writtenBy(lines: readonly ImportLine[]) {
  const schedules = new Map<string, Written>();
  const calendars: CalendarChange[] = [];
  const rules: RuleChange[] = [];
  for (const { id, scheduleId, kind, details } of lines) {
    if (scheduleId === null) {
      const beside = details as Beside;
      calendars.push(...(beside.calendars ?? []));
      rules.push(...(beside.rules ?? []));
      continue;
    }
    const known = schedules.get(scheduleId) ?? {
      scheduleId,
      created: false,
      paused: false,
      before: new Map<string, unknown>(),
      lineId: id,
    };
    known.lineId = id;
    if (kind === "created" || kind === "restored") known.created = true;
    if (kind === "paused") known.paused = true;
    for (const { field, from } of (details["changes"] ?? []) as { field: string; from: unknown }[])
      if (!known.before.has(field)) known.before.set(field, from ?? null);
    schedules.set(scheduleId, known);
  }
  return { schedules: [...schedules.values()], calendars, rules };
}

export function createImportUndo(parts: {
  engine: Engine;
  reads: ReadModel;
  lines: ActivityStore;
  transaction: <T>(work: () => T) => T;
  now: () => number;
  notifications: Rules;
}) {
  const { engine, reads, lines, transaction, now, notifications } = parts;

  /** An error of the API says why it stays as it is: what it named before may be gone, such as a calendar. */
  function attempt(work: () => void): string | null {
    try {
      work();
      return null;
    } catch (error) {
      if (error instanceof AppError) return error.message;
      throw error;
    }
  }

  /** Deleted as by hand: with its runs, and it can be restored. Null where it is as it was before; else why it stays as it is. */
  function takeBack({ scheduleId, created, paused, before, lineId }: Written, actor: Actor, undone: ImportUndone) {
    const schedule = reads.readSchedule(scheduleId)?.schedule;
    if (schedule === undefined || schedule.status === "deleted") return created ? null : "it is deleted";
    if (lines.lastEdit(scheduleId) > lineId) return "it was changed since";
    return attempt(() => {
      if (created) {
        engine.deleteSchedule(scheduleId, actor);
        undone.deleted++;
        return;
      }
      if (before.size > 0)
        engine.updateSchedule({ scheduleId, ...Object.fromEntries(before) } as UpdateScheduleInput, actor);
      if (paused && schedule.status === "paused") engine.resumeSchedule(scheduleId, actor);
      undone.changedBack++;
    });
  }

  function calendarBack({ name, from, to }: CalendarChange, actor: Actor): string | null {
    const stored = reads.exclusionCalendars().find((calendar) => calendar.name === name);
    if (stored === undefined) return from === null ? null : "it is deleted";
    if (!sameJson(stored.entries, to)) return "it was changed since";
    return attempt(() => {
      if (from === null) engine.deleteExclusionCalendar(name, actor);
      else engine.saveExclusionCalendar({ name, entries: from }, actor);
    });
  }

  function ruleBack({ name, before, after }: RuleChange): string | null {
    const rule = notifications.rules().find((each) => each.name === name) ?? null;
    if (rule === null && after !== null) return before === null ? null : "it is deleted";
    if (!sameJson(rule, after)) return "it was changed since";
    if (before === null) notifications.deleteRule(name);
    else notifications.setRule(before);
    return null;
  }

  function linesOf(importId: string): ImportLine[] {
    const found = lines.ofImport(importId);
    if (found.length > 0) return found;
    throw new AppError(
      "NOT_FOUND",
      "There is nothing of this import that could be undone: it wrote nothing, or is undone.",
    );
  }

  const nameOf = (scheduleId: string): string => reads.readSchedule(scheduleId)?.schedule.name ?? scheduleId;

  return {
    /** Notes what an import has written beside schedules; in the transaction that writes it. */
    note(importId: string, beside: Beside, actor: Actor): void {
      const details = { ...beside };
      lines.add({ scheduleId: null, at: now(), kind: "imported", actor, importId, details });
    },

    /** Whether an id is free for an import again: what had it was deleted by an undo. */
    tookBack: (scheduleId: string): boolean => lines.wasTakenBack(scheduleId),

    /** The newest imports that can be undone, the newest first. */
    imports: (limit: number): ImportListed[] =>
      lines.imports(limit).map(({ importId, at, actor, schedules, created, beside }) => {
        const count = (part: keyof Beside) =>
          beside.reduce((sum, line) => sum + ((line as Beside)[part]?.length ?? 0), 0);
        return {
          undoId: importId,
          at: new Date(at).toISOString(),
          actor,
          created,
          updated: schedules - created,
          calendars: count("calendars"),
          rules: count("rules"),
        };
      }),

    /** What an import has written. Throws NOT_FOUND where there is nothing to undo. */
    imported(importId: string): ImportedBefore {
      const found = linesOf(importId);
      const { schedules, calendars, rules } = writtenBy(found);
      const created = schedules.filter((each) => each.created).length;
      return {
        at: new Date(found[0]?.at ?? 0).toISOString(),
        actor: found[0]?.actor ?? "",
        created,
        updated: schedules.length - created,
        calendars: calendars.length,
        rules: rules.length,
      };
    },

    /** Takes an import back, in parts. What was changed since stays as it is, and is named. Throws NOT_FOUND, also where it is done already. */
    *undo(importId: string, actor: Actor): InTurns<ImportUndone> {
      const { schedules, calendars, rules } = writtenBy(linesOf(importId));
      const undone: ImportUndone = { deleted: 0, changedBack: 0, calendars: 0, rules: 0, kept: [] };
      const keep = (kind: ImportUndone["kept"][number]["kind"], id: string, why: string | null): boolean => {
        if (why !== null) undone.kept.push({ kind, id, name: kind === "schedule" ? nameOf(id) : id, why });
        return why === null;
      };
      const batch = createBatchSize({ first: 25, smallest: 25, largest: 1000, ms: 16 });
      // Schedules first, and what was written last: nothing names a calendar, or comes after another, that is gone already.
      schedules.reverse();
      for (let from = 0; from < schedules.length; ) {
        const part = schedules.slice(from, from + batch.size());
        transaction(() =>
          engine.ofImport({ importId, undo: true }, () => {
            const since = performance.now();
            for (const each of part) keep("schedule", each.scheduleId, takeBack(each, actor, undone));
            batch.took(performance.now() - since);
          }),
        );
        from += part.length;
        yield;
      }
      // The line ends it: ended before by force, it is undone by asking again.
      engine.write("schedules", () => {
        for (const change of calendars.reverse())
          if (keep("calendar", change.name, calendarBack(change, actor))) undone.calendars++;
        for (const change of rules.reverse()) if (keep("rule", change.name, ruleBack(change))) undone.rules++;
        lines.add({ scheduleId: null, at: now(), kind: "import_undone", actor, importId });
      });
      return undone;
    },
  };
}
