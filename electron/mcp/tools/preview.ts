import { z } from "zod";
import { createBackfillSchema } from "../../../shared/api/backfills.ts";
import {
  createScheduleSchema,
  pauseScheduleSchema,
  scheduleIdSchema,
  updateScheduleSchema,
} from "../../../shared/api/schedules.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import {
  type CompiledSpec,
  calendarNames,
  compileSpec,
  describeSpec,
  nextOccurrence,
  parseWhen,
  type ScheduleSpec,
  scheduleSpecSchema,
  whyNeverFires,
} from "../../../shared/schedule/index.ts";
import { followersText } from "../../api/queries/followers.ts";
import { answered, plural, type ToolAnswer, type ToolParts } from "../parts.ts";
import type { Plan } from "../plans.ts";

const times = 6;

export const previewInput = z.object({
  spec: scheduleSpecSchema.optional().describe("When it would fire. Nothing to apply."),
  text: z
    .string()
    .max(2000)
    .optional()
    .describe(
      "A time in words or another program's text ('weekdays at 9', '0 9 * * 1-5', an RRULE), as a spec. Nothing to apply.",
    ),
  timezone: z.string().max(100).optional().describe("IANA zone for `text`"),
  create: createScheduleSchema.optional().describe("A new schedule"),
  update: updateScheduleSchema.optional().describe("An edit; what is left out stays"),
  backfill: createBackfillSchema
    .optional()
    .describe("Runs for past occurrences of a schedule that have none; `to` is not included"),
  pause: pauseScheduleSchema.optional(),
  resume: scheduleIdSchema.optional(),
  delete: scheduleIdSchema.optional(),
});

export const previewOutput = z.object({
  what: z.string(),
  spec: z.unknown().optional(),
  when: z.string().nullable(),
  next: z.array(z.string()),
  before: z.array(z.string()).optional(),
  count: z.number().optional(),
  existing: z.record(z.string(), z.number()).optional(),
  notes: z.array(z.string()),
  handle: z.string().nullable().describe("for almanac_apply; null where there is nothing to apply"),
  expiresAt: z.string().nullable(),
  page: z.string(),
});
type Shown = z.output<typeof previewOutput>;
type Input = z.output<typeof previewInput>;

const kinds = ["spec", "text", "create", "update", "backfill", "pause", "resume", "delete"] as const;

export async function preview(parts: ToolParts, input: Input, client: string): Promise<ToolAnswer> {
  const given = kinds.filter((kind) => input[kind] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1)
    throw new AppError(
      "INVALID_INPUT",
      `exactly one of ${kinds.join(", ")} is expected; given: ${given.join(", ") || "none"}`,
    );
  const api = parts.api(client);
  const { app } = parts;
  const calendarsOf = (spec: ScheduleSpec) => {
    const named = new Set(calendarNames(spec));
    return app.reads.exclusionCalendars().filter(({ name }) => named.has(name));
  };
  const compiled = (spec: ScheduleSpec, anchorAt: number): CompiledSpec =>
    compileSpec(spec, { anchorAt, calendars: new Map(calendarsOf(spec).map((calendar) => [calendar.name, calendar])) });
  const firings = (spec: ScheduleSpec, anchorAt = Date.now()): string[] => {
    const own = compiled(spec, anchorAt);
    const found: string[] = [];
    for (let at = nextOccurrence(own, Date.now()); at !== null && found.length < times; at = nextOccurrence(own, at))
      found.push(new Date(at).toISOString());
    if (found.length === 0 && spec.on === undefined) {
      const never = whyNeverFires(own, Date.now() + 1);
      if (never !== null) throw new AppError("NEVER_FIRES", `it would never fire: ${never.message}`);
    }
    return found;
  };
  /** What a change of a schedule stands on: its revision, and the calendars that its spec names. */
  const stateOf = (scheduleId: string, spec?: ScheduleSpec): string => {
    const reading = app.reads.readSchedule(scheduleId);
    const { revision, status } = reading?.schedule ?? { revision: null, status: null };
    const named = spec ?? reading?.schedule.spec;
    const calendars = named === undefined ? [] : calendarsOf(named).map(({ name, updatedAt }) => [name, updatedAt]);
    return JSON.stringify([revision, status, calendars]);
  };

  const show = async (
    shown: Omit<Shown, "handle" | "expiresAt" | "page">,
    path: string,
    plan: Plan | null,
  ): Promise<ToolAnswer> => {
    const kept = plan === null ? { handle: null, expiresAt: null } : await parts.plans.keep(plan, parts.holder);
    const lines = [shown.what];
    if (shown.when !== null) lines.push(`when: ${shown.when}`);
    if (shown.before !== undefined) lines.push(`fires now: ${shown.before.join(", ") || "never"}`);
    if (shown.next.length > 0) lines.push(`would fire: ${shown.next.join(", ")}`);
    for (const note of shown.notes) lines.push(`note: ${note}`);
    lines.push(
      kept.handle === null
        ? "Nothing to apply."
        : `Nothing is changed yet: almanac_apply with ${kept.handle}, until ${kept.expiresAt}`,
    );
    return answered(lines, { ...shown, ...kept, page: parts.urlOf(path) });
  };

  if (input.spec !== undefined || input.text !== undefined) {
    const read =
      input.text === undefined
        ? { spec: input.spec as ScheduleSpec, notes: [] }
        : parseWhen(input.text, {
            now: Date.now(),
            ...(input.timezone === undefined ? {} : { timezone: input.timezone }),
          });
    const next = firings(read.spec);
    return show(
      { what: "a spec", spec: read.spec, when: describeSpec(read.spec), next, notes: [...read.notes] },
      "/schedules",
      null,
    );
  }

  if (input.create !== undefined) {
    const wanted = input.create;
    app.catalogue.checkInput(wanted.workflowName, wanted.input ?? {});
    const id = wanted.scheduleId;
    if (id !== undefined && app.reads.readSchedule(id) !== undefined)
      throw new AppError(
        "ALREADY_EXISTS",
        `there is a schedule "${id}" already: preview an update, or choose another id`,
      );
    const next = firings(wanted.spec);
    const what = `create the schedule ${id ?? wanted.name ?? `of ${wanted.workflowName}`}${wanted.paused ? ", paused" : ""}`;
    return show(
      { what, spec: wanted.spec, when: describeSpec(wanted.spec), next: wanted.paused ? [] : next, notes: [] },
      "/schedules",
      {
        what,
        madeFrom: () => (id === undefined ? stateOf("", wanted.spec) : stateOf(id, wanted.spec)),
        async apply() {
          const made = await api.schedules.create(wanted);
          const { scheduleId, nextRunTimes } = made;
          return {
            said: `made ${scheduleId}; next ${nextRunTimes.join(", ") || "never"}`,
            path: `/schedules/${scheduleId}`,
            result: { scheduleId, nextRunTimes },
          };
        },
      },
    );
  }

  if (input.update !== undefined) {
    const { revision: _theirs, ...change } = input.update;
    const { scheduleId } = change;
    const now = await api.schedules.get({ scheduleId });
    if (change.workflowName !== undefined || change.input !== undefined)
      app.catalogue.checkInput(change.workflowName ?? now.workflowName, change.input ?? now.input);
    const spec = change.spec ?? now.spec;
    const { revision } = now;
    const changed = Object.keys(change).filter((field) => field !== "scheduleId");
    const what = `change ${changed.join(", ") || "nothing"} of ${scheduleId}`;
    return show(
      {
        what,
        spec,
        when: describeSpec(spec),
        next: firings(spec, now.anchorAt),
        before: app.planner.upcoming(scheduleId, times),
        notes: [],
      },
      `/schedules/${scheduleId}`,
      {
        what,
        madeFrom: () => stateOf(scheduleId, spec),
        async apply() {
          const { nextRunTime } = await api.schedules.update({ ...change, revision });
          return {
            said: `changed ${scheduleId}; next ${nextRunTime ?? "never"}`,
            path: `/schedules/${scheduleId}`,
            result: { scheduleId, nextRunTime },
          };
        },
      },
    );
  }

  if (input.backfill !== undefined) {
    const wanted = input.backfill;
    const { scheduleId, from, to, reprocess, order, excluded } = wanted;
    const asked = { scheduleId, from, to, reprocess, order, excluded };
    const planned = () => api.backfills.plan({ ...asked, limit: times });
    const plan = await planned();
    const what = `backfill ${scheduleId}: ${plural(plan.count, "run")} for ${plural(plan.occurrences, "occurrence")} from ${plan.from} to ${plan.to}`;
    const notes = plan.toWasCut ? ["its end was in the future, and is now"] : [];
    const next = plan.items.filter(({ action }) => action !== "skip").map(({ scheduledTime }) => scheduledTime);
    const shown = { what, when: null, next, count: plan.count, existing: plan.existing, notes };
    if (plan.count === 0)
      return show({ ...shown, notes: [...notes, "there is nothing to fill"] }, `/schedules/${scheduleId}`, null);
    return show(shown, `/schedules/${scheduleId}/backfill`, {
      what,
      async madeFrom() {
        const { count, occurrences, existing } = await api.backfills.plan({ ...asked, to: plan.to, limit: 0 });
        return JSON.stringify([stateOf(scheduleId), count, occurrences, existing]);
      },
      async apply() {
        const made = await api.backfills.create({ ...wanted, to: plan.to, confirmed: true });
        const { backfillId, total } = made;
        return {
          said: `began ${backfillId}: ${plural(total, "run")}`,
          path: `/backfills/${backfillId}`,
          result: { backfillId, total },
        };
      },
    });
  }

  const wanted = input.pause ?? input.resume ?? input.delete;
  const scheduleId = wanted?.scheduleId ?? "";
  const now = await api.schedules.get({ scheduleId });
  const what = `${kind} ${scheduleId}`;
  const followers = input.delete === undefined ? null : followersText(app.reads, [scheduleId]);
  const next = kind === "resume" ? app.planner.upcoming(scheduleId, times) : [];
  return show(
    {
      what,
      when: null,
      next,
      before: app.planner.upcoming(scheduleId, times),
      notes: [`it is ${now.status} now`, ...(followers === null ? [] : [followers])],
    },
    `/schedules/${scheduleId}`,
    {
      what,
      madeFrom: () =>
        JSON.stringify([
          stateOf(scheduleId),
          input.delete === undefined ? null : followersText(app.reads, [scheduleId]),
        ]),
      async apply() {
        const { status } =
          input.pause !== undefined
            ? await api.schedules.pause(input.pause)
            : kind === "resume"
              ? await api.schedules.resume({ scheduleId })
              : await api.schedules.delete({ scheduleId, confirmed: true });
        return { said: `${scheduleId} is ${status}`, path: `/schedules/${scheduleId}`, result: { scheduleId, status } };
      },
    },
  );
}
