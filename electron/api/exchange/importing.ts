import { randomUUID } from "node:crypto";
import type { z } from "zod";
import type {
  ImportDecision,
  ImportedBefore,
  ImportedSchedule,
  ImportItem,
  ImportListed,
  ImportProgress,
  ImportReport,
  ImportUndone,
  importSchema,
} from "../../../shared/api/exchange.ts";
import type { CreateScheduleInput, UpdateScheduleInput } from "../../../shared/api/schedules.ts";
import { AppError, type FieldIssue, invalidField } from "../../../shared/domain/errors.ts";
import type { Schedule } from "../../../shared/domain/schedule.ts";
import {
  compileSpec,
  describeSpec,
  type ExclusionCalendar,
  isKnownZone,
  nextOccurrence,
  parseDuration,
  type ScheduleSpec,
} from "../../../shared/schedule/index.ts";
import type { Actor, Engine } from "../../engine/contract.ts";
import { createBatchSize, type InTurns, inTurns, TURN_MS } from "../../engine/turns.ts";
import type { ReadModel } from "../../storage/reads/readModel.ts";
import type { ActivityStore } from "../../storage/tables/activity.ts";
import type { ImportOriginStore } from "../../storage/tables/importOrigins.ts";
import { sameJson } from "../canonicalJson.ts";
import { toAppError } from "../errors.ts";
import { mailNote, mailOffers, makeMailRules, type Rules } from "./mailRules.ts";
import type { Reader, Reading } from "./reading/reader.ts";
import type { ReadSchedule } from "./reading/readerProtocol.ts";
import { type Beside, type CalendarChange, createImportUndo, ruleChanges } from "./undoImport.ts";

type ImportInput = z.output<typeof importSchema>;
type ExchangedSchedule = Omit<CreateScheduleInput, "spec"> & { scheduleId: string; spec: ScheduleSpec };

/** The import that goes on. */
type ImportJob = ImportProgress & { stopped: boolean; stop: AbortController };

/** A schedule to be made or changed: as it was read, and as it was decided about. */
interface Wanted {
  key: string;
  entry: ReadSchedule;
  input: ExchangedSchedule;
  decision: ImportDecision;
}

/** What goes on being written. */
interface Writing {
  undoId: string;
  items: ImportItem[];
}

interface Wants {
  schedules: readonly Wanted[];
  calendars: readonly ExclusionCalendar[];
}

export interface Importer {
  /**
   * Checks everything before it writes anything, in turns with whatever else the process does. What is written is one
   * transaction, or of more than `BATCH` several. Throws AppError naming every field that is refused.
   */
  import(input: ImportInput, actor: Actor): Promise<ImportReport>;
  /** The newest imports that can be undone, the newest first. */
  imports(limit: number): ImportListed[];
  /** What an import with this `undoId` has written. Throws NOT_FOUND where it wrote nothing, or is undone. */
  imported(undoId: string): ImportedBefore;
  /** Takes that back. Throws NOT_FOUND as well. */
  undo(undoId: string, actor: Actor): Promise<ImportUndone>;
  /** How far the import that goes on is; null where none does. */
  progress(): ImportProgress | null;
  /** Ends the import that goes on after the part that it is at. What is written stays, and a second import goes on from there. */
  stop(): void;
}

/** So many schedules at least are one transaction; of more a part would hold the process too long, as far as is known yet. */
const BATCH = 25;
/** How long one transaction may hold the process, its commit not counted. */
const BATCH_MS = 16;
const durationFields = new Set(["catchupWindow", "timeout", "retryDelay"]);
/** What a person may have changed here, and what is imported again does not say. */
const ownFields = new Set(["name", "note"]);

/** Ends the transaction of a dry run without a trace. */
class DryRun extends Error {}

function sameValue(field: string, a: unknown, b: unknown): boolean {
  if (durationFields.has(field) && typeof a === "string" && typeof b === "string")
    return parseDuration(a) === parseDuration(b);
  return sameJson(a, b);
}

function changesTo(schedule: Schedule, wanted: Partial<ExchangedSchedule>): ImportItem["changes"] {
  const current: Record<string, unknown> = { ...schedule, note: schedule.ownNote };
  return Object.entries(wanted)
    .filter(([field, value]) => !["scheduleId", "paused"].includes(field) && !sameValue(field, value, current[field]))
    .map(([field, to]) => ({ field, from: current[field], to }));
}

const isForeign = (reading: Reading): boolean =>
  reading.formats.some((format) => format !== "json" && format !== "yaml" && format !== "auto");

const empty = { created: 0, updated: 0, unchanged: 0 };

export function createImporter(parts: {
  engine: Engine;
  reads: ReadModel;
  origins: ImportOriginStore;
  lines: ActivityStore;
  transaction: <T>(work: () => T) => T;
  now: () => number;
  /** Reads what comes from outside, in a process of its own. */
  reader: Reader;
  notifications: Rules;
}): Importer {
  const { engine, reads, origins, transaction, now, reader, notifications } = parts;
  const undoing = createImportUndo(parts);
  const find = (scheduleId: string): Schedule | undefined => reads.readSchedule(scheduleId)?.schedule;

  function importCalendar(calendar: ExclusionCalendar, actor: Actor): ImportItem {
    const stored = reads.exclusionCalendars().find(({ name }) => name === calendar.name);
    const { name } = calendar;
    const base = { kind: "calendar" as const, key: name, id: name, name, notes: [], schedule: null };
    if (stored !== undefined && sameJson(stored.entries, calendar.entries))
      return { ...base, action: "unchanged", changes: [] };
    engine.saveExclusionCalendar(calendar, actor);
    const changes = [{ field: "entries", from: stored?.entries ?? null, to: calendar.entries }];
    return { ...base, action: stored === undefined ? "create" : "update", changes };
  }

  /** What a job of another program's is called here: as when it came before, and never as what came from elsewhere. */
  function idOf({ entry, input, decision }: Wanted): string {
    if (entry.origin === null || decision.scheduleId !== undefined) return input.scheduleId;
    const before = origins.find(entry.origin);
    if (before !== null) return before;
    let id = input.scheduleId;
    for (let n = 2; find(id) !== undefined && origins.isOfAnother(id, entry.origin); n++)
      id = `${input.scheduleId}-${n}`;
    return id;
  }

  function importSchedule(wanted: Wanted, actor: Actor, beside: ReadonlySet<string>): ImportItem {
    const { key, entry, decision } = wanted;
    const input = { ...wanted.input, scheduleId: idOf(wanted) };
    const { scheduleId } = input;
    let current = find(scheduleId);
    const isBack = current?.status === "deleted" && undoing.tookBack(scheduleId);
    if (isBack) {
      engine.restoreSchedule(scheduleId, actor);
      current = find(scheduleId);
    }
    const base = {
      kind: "schedule" as const,
      key,
      id: scheduleId,
      name: input.name ?? scheduleId,
      notes: entry.mailTo === null ? entry.notes : [...entry.notes, mailNote(notifications, entry.mailTo)],
      schedule: shownOf(wanted),
    };
    if (current === undefined) {
      engine.createSchedule(input, actor, beside);
      if (entry.origin !== null) origins.save(entry.origin, scheduleId);
      return { ...base, action: "create", changes: [] };
    }
    if (current.status === "deleted") {
      throw new AppError(
        "ALREADY_EXISTS",
        `the id "${scheduleId}" is that of a deleted schedule; purge it first, or take another`,
      );
    }
    if (entry.origin !== null && decision.scheduleId !== undefined && origins.isOfAnother(scheduleId, entry.origin))
      throw new AppError("ALREADY_EXISTS", `the id "${scheduleId}" is that of another schedule; take another`);
    const kept = entry.origin !== null && decision.name === undefined ? ownFields : new Set<string>();
    const update = Object.fromEntries(
      Object.entries(input).filter(([field]) => !kept.has(field) && field !== "paused"),
    ) as UpdateScheduleInput;
    const changes = changesTo(current, update as Partial<ExchangedSchedule>);
    if (input.paused === true && current.status === "active" && entry.origin === null) {
      engine.pauseSchedule({ scheduleId }, actor);
      changes.push({ field: "status", from: "active", to: "paused" });
    }
    if (changes.some(({ field }) => field !== "status")) engine.updateSchedule(update, actor, beside);
    if (entry.origin !== null) origins.save(entry.origin, scheduleId);
    return {
      ...base,
      name: kept.has("name") ? current.name : base.name,
      action: isBack ? "create" : changes.length === 0 ? "unchanged" : "update",
      changes: isBack ? [] : changes,
    };
  }

  function shownOf({ entry, input, decision }: Wanted): ImportedSchedule {
    const { words, next } = decision.spec === undefined ? entry : whenOf(input);
    return {
      file: entry.file,
      line: entry.line,
      workflowName: input.workflowName,
      input: input.input ?? {},
      spec: input.spec,
      words,
      timezone: input.spec.timezone ?? "UTC",
      next: [...next],
    };
  }

  /** Of a spec that a person has changed; others were looked at where they were read. */
  function whenOf({ spec }: ExchangedSchedule): { words: string; next: string[] } {
    const compiled = compileSpec(spec, { anchorAt: now(), calendars: engineCalendars() });
    const next: string[] = [];
    for (let at = nextOccurrence(compiled, now()); at !== null && next.length < 3; at = nextOccurrence(compiled, at))
      next.push(new Date(at).toISOString());
    return { words: describeSpec(spec, { zone: false }), next };
  }

  const engineCalendars = (): Map<string, ExclusionCalendar> =>
    new Map(reads.exclusionCalendars().map((calendar) => [calendar.name, calendar]));

  type Refusal = { index: number | null; error: AppError; issues: FieldIssue[] };
  type Part = { items: ImportItem[]; refusals: Refusal[] };

  /** Tries every item of a part, so that an error tells of all that is wrong and not of the first. */
  function importPart({ schedules, calendars }: Wants, from: number, actor: Actor, beside: ReadonlySet<string>): Part {
    const items: ImportItem[] = [];
    const refusals: Refusal[] = [];
    const attempt = (path: string, index: number | null, work: () => ImportItem): void => {
      try {
        items.push(work());
      } catch (thrown) {
        const error = toAppError(thrown);
        if (error.code === "INTERNAL") throw error;
        const issues = error.issues.length > 0 ? error.issues : [{ path: "", message: error.message }];
        refusals.push({
          index,
          error,
          issues: issues.map((issue) => ({ ...issue, path: issue.path === "" ? path : `${path}.${issue.path}` })),
        });
      }
    };
    for (const [i, calendar] of calendars.entries())
      attempt(`calendars[${i}]`, null, () => importCalendar(calendar, actor));
    for (const [i, schedule] of schedules.entries())
      attempt(`schedules[${from + i}]`, from + i, () => importSchedule(schedule, actor, beside));
    return { items, refusals };
  }

  /** All of it in parts, each a transaction; a check (where nothing is `written`) ends each without a trace. */
  function* inParts(wants: Wants, actor: Actor, job: ImportJob, writing: Writing | null): InTurns<Part> {
    const check = writing === null;
    const all: Part = { items: [], refusals: [] };
    // One may come after another that is of a later part, or that a check has left no trace of.
    const beside = new Set(wants.schedules.map(({ input }) => input.scheduleId));
    const batch = createBatchSize({ first: BATCH, smallest: BATCH, largest: 40 * BATCH, ms: BATCH_MS });
    // Once also where there are no schedules: there may be calendars.
    let from = 0;
    do {
      const schedules = wants.schedules.slice(from, from + batch.size());
      // Schedules name calendars, so a check, which leaves nothing, begins with them every time.
      const calendars = from === 0 || check ? wants.calendars : [];
      let part: Part | undefined;
      try {
        transaction(() => {
          const since = performance.now();
          const work = () => importPart({ schedules, calendars }, from, actor, beside);
          part = check ? work() : engine.ofImport({ importId: writing.undoId }, work);
          batch.took(performance.now() - since);
          if (check) throw new DryRun();
          const [first] = part.refusals;
          if (first !== undefined) throw first.error;
          const changed = part.items.flatMap(({ kind, action, name, changes: [change] }) =>
            kind === "calendar" && action !== "unchanged" ? [{ name, ...change } as unknown as CalendarChange] : [],
          );
          if (changed.length > 0) undoing.note(writing.undoId, { calendars: changed }, actor);
        });
        writing?.items.push(...(part?.items ?? []));
      } catch (error) {
        if (!(error instanceof DryRun)) throw error;
      }
      // What is begun with again is told once.
      for (const item of part?.items ?? []) if (from === 0 || item.kind === "schedule") all.items.push(item);
      for (const refusal of part?.refusals ?? []) if (from === 0 || refusal.index !== null) all.refusals.push(refusal);
      from += schedules.length;
      job.done += schedules.length;
      yield;
    } while (from < wants.schedules.length && !job.stopped);
    return all;
  }

  /** What the files hold; null where it is stopped before that is known. */
  async function read(input: ImportInput, timezone: string, job: ImportJob): Promise<Reading | null> {
    const { format = "auto" } = input;
    const files = input.files ?? [{ name: "", text: input.text ?? "" }];
    const request = { kind: "schedules" as const, format, timezone, nowAt: now() };
    try {
      return await reader.read(request, files, { signal: job.stop.signal });
    } catch (error) {
      if (job.stopped) return null;
      throw error;
    }
  }

  function* importInTurns(
    input: ImportInput,
    reading: Reading,
    timezone: string,
    actor: Actor,
    job: ImportJob,
  ): InTurns<ImportReport> {
    const dryRun = input.dryRun === true;
    const schedules = decided(reading.schedules, input.decisions ?? {});
    const { calendars, skipped, formats } = reading;
    const invalid = [...reading.invalid];
    job.total = schedules.length * (dryRun ? 1 : 2);
    const { items, refusals } = yield* inParts({ schedules, calendars }, actor, job, null);
    const refused = new Set(refusals.map(({ index }) => index));
    if (!isForeign(reading) && invalid.length === 0) {
      if (refusals.length > 0) refuseAll(refusals.map(({ error, issues }) => ({ code: error.code, issues })));
    } else {
      for (const { index, error } of refusals) {
        const { file = "", line, text = "" } = schedules[index ?? 0]?.entry ?? {};
        invalid.push({ file, line: line ?? 0, text, reason: error.message });
      }
      invalid.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
      if (invalid.length > 0 && !dryRun && input.skipInvalid !== true) {
        const issues = invalid.map(({ file, line, text, reason }) => {
          const place = [file.split(/[\\/]/).at(-1) ?? "", line > 0 ? `line ${line}` : ""].filter(
            (part) => part !== "",
          );
          return { path: place.join(", ") || "text", given: text, message: reason };
        });
        refuseAll([{ code: "INVALID_INPUT", issues }]);
      }
    }
    const writing: Writing = { undoId: input.undoId ?? randomUUID(), items: [] };
    if (!dryRun && !job.stopped) {
      const wanted = schedules.filter((_, i) => !refused.has(i));
      yield* inParts({ schedules: wanted, calendars }, actor, job, writing);
    }
    const told = job.stopped ? writing.items : items;
    const mailTo = new Map(schedules.map(({ key, entry }) => [key, entry.mailTo]));
    const mailed = told.flatMap(({ kind, key, id }) => {
      const to = kind === "schedule" ? (mailTo.get(key) ?? null) : null;
      return to === null ? [] : [{ scheduleId: id, mailTo: to }];
    });
    let rules: Beside["rules"] = [];
    if (!dryRun && input.mailRules === true)
      transaction(() => {
        const before = notifications.rules();
        makeMailRules(notifications, mailed);
        rules = ruleChanges(before, notifications.rules());
        if (rules.length > 0) undoing.note(writing.undoId, { rules }, actor);
      });
    const count = (action: ImportItem["action"]): number => told.filter((item) => item.action === action).length;
    return {
      formats,
      timezone,
      items: told,
      skipped,
      invalid,
      mail: mailOffers(notifications, mailed),
      rules: rules.length,
      created: count("create"),
      updated: count("update"),
      unchanged: count("unchanged"),
      written: !dryRun,
      undoId: dryRun ? null : writing.undoId,
      stopped: job.stopped,
    };
  }

  let running: ImportJob | null = null;

  return {
    async import(input, actor) {
      const timezone = input.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
      if (!isKnownZone(timezone))
        throw invalidField("timezone", timezone, "an IANA time zone such as Europe/Berlin is expected");
      const job: ImportJob = { done: 0, total: 0, stopped: false, stop: new AbortController() };
      running = job;
      try {
        const reading = await read(input, timezone, job);
        if (reading === null)
          return {
            formats: [],
            timezone,
            items: [],
            skipped: [],
            invalid: [],
            mail: [],
            rules: 0,
            ...empty,
            written: false,
            undoId: null,
            stopped: true,
          };
        return await inTurns(importInTurns(input, reading, timezone, actor, job), TURN_MS, setImmediate);
      } finally {
        if (running === job) running = null;
      }
    },
    imports: undoing.imports,
    imported: undoing.imported,
    undo: (undoId, actor) => inTurns(undoing.undo(undoId, actor), TURN_MS, setImmediate),
    progress: () => running && { done: running.done, total: running.total },
    stop() {
      if (running === null) return;
      running.stopped = true;
      running.stop.abort();
    },
  };
}

/** What was read, without what a person leaves out and with what they changed. Throws AppError where two would be one. */
function decided(schedules: readonly ReadSchedule[], decisions: Readonly<Record<string, ImportDecision>>): Wanted[] {
  const ids = new Map<string, string>();
  return schedules.flatMap((entry) => {
    const key = entry.input.scheduleId;
    const decision = Object.hasOwn(decisions, key) ? (decisions[key] ?? {}) : {};
    const { skip, ...changed } = decision;
    if (skip === true) return [];
    const input = { ...entry.input, ...changed } as ExchangedSchedule;
    const other = ids.get(input.scheduleId);
    if (other !== undefined)
      throw invalidField(
        `decisions.${key}.scheduleId`,
        input.scheduleId,
        `another id is expected: ${other} has this one`,
      );
    ids.set(input.scheduleId, key);
    return [{ key, entry, input, decision }];
  });
}

function refuseAll(refusals: readonly { code: AppError["code"]; issues: readonly FieldIssue[] }[]): never {
  const issues = refusals.flatMap((refusal) => refusal.issues);
  const shown = issues.slice(0, 3).map((issue) => `${issue.path}: ${issue.message}`);
  if (issues.length > 3) shown.push(`and ${issues.length - 3} more`);
  throw new AppError(refusals[0]?.code ?? "INVALID_INPUT", shown.join("; "), { issues });
}
