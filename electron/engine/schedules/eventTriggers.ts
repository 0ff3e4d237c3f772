import { AppError } from "../../../shared/domain/errors.ts";
import { type EventEntry, parseDuration, type ScheduleSpec } from "../../../shared/schedule/index.ts";
import { END, type EventTrigger } from "../../storage/tables/eventTriggers.ts";
import type { Core } from "../core.ts";

const eventsOf = ({ on }: ScheduleSpec): readonly EventEntry[] =>
  on === undefined ? [] : Array.isArray(on) ? (on as readonly EventEntry[]) : [on as EventEntry];

function triggerOf(event: EventEntry): EventTrigger {
  const delayMs = event.delay === undefined ? 0 : parseDuration(event.delay);
  if ("after" in event)
    return { kind: "after", sourceId: event.after.scheduleId, outcome: event.after.outcome ?? "completed", delayMs };
  return { kind: "boot" in event ? "boot" : "start" in event ? "start" : "wake", sourceId: "", outcome: "", delayMs };
}

/** Keeps what starts a schedule beside times where events look for it; inside the transaction that saves it. */
export function setEvents(core: Core, scheduleId: string, spec: ScheduleSpec): void {
  const { eventTriggers } = core.stores;
  eventTriggers.set(scheduleId, eventsOf(spec).map(triggerOf), core.clock.now());
  eventTriggers.endWait({ scheduleId, event: END });
  if (spec.on !== undefined && spec.endAt)
    eventTriggers.wait({ scheduleId, event: END, dueAt: Date.parse(spec.endAt) });
}

/** The way from a schedule through those that it comes after back to itself; null where there is none. */
function cycleOf(core: Core, scheduleId: string, sources: readonly string[]): string[] | null {
  const seen = new Set<string>();
  const walk = (id: string, way: readonly string[]): string[] | null => {
    if (id === scheduleId) return [...way, id];
    if (seen.has(id)) return null;
    seen.add(id);
    for (const source of core.stores.eventTriggers.sourcesOf(id)) {
      const found = walk(source, [...way, id]);
      if (found !== null) return found;
    }
    return null;
  };
  for (const source of sources) {
    const found = walk(source, [scheduleId]);
    if (found !== null) return found;
  }
  return null;
}

/**
 * Throws INVALID_SPEC where a schedule would come after one that is not there, or by any way after itself. `beside` are
 * those that are made with it.
 */
export function checkEvents(
  core: Core,
  scheduleId: string,
  spec: ScheduleSpec,
  beside: ReadonlySet<string> = new Set(),
): void {
  const refuse = (index: number, given: string, message: string): never => {
    const path = Array.isArray(spec.on) ? `spec.on[${index}].after.scheduleId` : "spec.on.after.scheduleId";
    throw new AppError("INVALID_SPEC", `${path}: ${message}`, { issues: [{ path, given, message }] });
  };
  eventsOf(spec).forEach((event, index) => {
    if (!("after" in event)) return;
    const source = event.after.scheduleId;
    const known = source === scheduleId ? undefined : core.stores.schedules.get(source);
    if (source !== scheduleId && !beside.has(source) && (known === undefined || known.status === "deleted"))
      refuse(index, source, `the id of a schedule is expected, and there is none ${JSON.stringify(source)}`);
    const cycle = cycleOf(core, scheduleId, [source]);
    if (cycle === null) return;
    const way = cycle.join(" after ");
    refuse(index, source, `a schedule that does not come after this one is expected: ${way} would never end`);
  });
}
