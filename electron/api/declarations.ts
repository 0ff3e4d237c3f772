import { createScheduleSchema, scheduleDefaults, type UpdateScheduleInput } from "../../shared/api/schedules.ts";
import { parseWith } from "../../shared/domain/fieldIssues.ts";
import type { Schedule } from "../../shared/domain/schedule.ts";
import type { WorkflowLoadError } from "../../shared/domain/workflow.ts";
import type { Engine } from "../engine/contract.ts";
import type { WorkflowCatalogue } from "../runtime/runtime.ts";
import type { DeclarationStore } from "../storage/tables/declarations.ts";
import { sameJson } from "./canonicalJson.ts";
import type { Logger } from "./context.ts";
import { toAppError } from "./errors.ts";

/** Fields that the code declares and that the schedule now has otherwise. */
function differences(declared: Record<string, unknown>, schedule: Schedule): Record<string, unknown> | null {
  const current: Record<string, unknown> = { ...schedule, note: schedule.ownNote };
  const found = Object.entries(declared).filter(
    ([field, value]) => !["scheduleId", "paused"].includes(field) && !sameJson(value, current[field]),
  );
  return found.length === 0 ? null : Object.fromEntries(found);
}

/**
 * Creates the schedules that workflow files declare, once each. What a person changes afterwards stays until the
 * declaration itself changes, which then wins; until then the difference is kept with the schedule. A schedule that was
 * deleted is not made again.
 * @returns what is wrong with those that could not be made
 */
export function activateDeclared(parts: {
  engine: Engine;
  catalogue: WorkflowCatalogue;
  declarations: DeclarationStore;
  logger: Logger;
}): WorkflowLoadError[] {
  const refused: WorkflowLoadError[] = [];
  for (const { name, source, declaration } of parts.catalogue.list()) {
    if (declaration === null || source.kind !== "file") continue;
    try {
      activateOne(parts, source.path, declaration);
    } catch (error) {
      const message = `The schedule of ${name} was not made: ${toAppError(error).message}`;
      parts.logger.error(`${source.path}: ${message}`);
      refused.push({ path: source.path, line: null, column: null, message, stack: null });
    }
  }
  return refused;
}

function activateOne(
  { engine, declarations }: { engine: Engine; declarations: DeclarationStore },
  module: string,
  declaration: Record<string, unknown>,
): void {
  const input = parseWith(createScheduleSchema, declaration);
  const scheduleId = input.scheduleId ?? input.workflowName;
  const applied = { ...input, scheduleId } as Record<string, unknown>;
  const known = declarations.get(scheduleId);
  if (known === undefined) {
    engine.createSchedule({ ...input, scheduleId }, "code");
    declarations.set(scheduleId, { module, applied, changedByUser: false, pending: null });
    return;
  }
  const schedule = engine.getSchedule(scheduleId);
  if (schedule.status === "deleted") return;
  if (known !== null && !sameJson(known.applied, applied)) {
    engine.updateSchedule(updateOf(known.applied, input, scheduleId), "code");
    declarations.set(scheduleId, { module, applied, changedByUser: false, pending: null });
    return;
  }
  const pending = differences(applied, schedule);
  const next = { module, applied, changedByUser: pending !== null, pending };
  if (!sameJson(known, next)) declarations.set(scheduleId, next);
}

/** What the code says now; fields that it no longer names go back to their defaults. */
function updateOf(
  before: Record<string, unknown>,
  { paused: _, scheduleId: __, ...input }: ReturnType<typeof createScheduleSchema.parse>,
  scheduleId: string,
): UpdateScheduleInput {
  const dropped = Object.entries(scheduleDefaults).filter(([field]) => field in before && !(field in input));
  return { ...Object.fromEntries(dropped), ...input, scheduleId } as UpdateScheduleInput;
}
