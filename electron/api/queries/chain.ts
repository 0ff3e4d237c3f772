import type { Chain } from "../../../shared/api/chains.ts";
import { chainStates } from "../../../shared/domain/chain.ts";
import { describeSpec, type EventEntry, type ScheduleSpec } from "../../../shared/schedule/index.ts";
import type { ReadModel } from "../../storage/reads/readModel.ts";

/** So many schedules of a chain are shown, the nearest first. */
export const mostNodes = 200;

const iso = (at: number): string => new Date(at).toISOString();
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));

/** What starts a schedule beside those that it comes after, in words; null where nothing does. */
function ownTimes(spec: ScheduleSpec | null): string | null {
  if (spec === null) return null;
  const { on, exclude: _exclude, onlyOn: _onlyOn, ...rest } = spec;
  const events = (on === undefined ? [] : Array.isArray(on) ? on : [on]) as EventEntry[];
  const others = events.filter((event) => !("after" in event));
  const own: ScheduleSpec = others.length === 0 ? rest : { ...rest, on: others };
  if ([own.cron, own.interval, own.calendar, own.at, own.on].every((part) => part === undefined)) return null;
  try {
    return describeSpec(own);
  } catch {
    // Of a later version or another system: the schedule's own page says what is wrong with it.
    return null;
  }
}

/** The chain that a schedule belongs to: who starts whom, what came of it last, and where it stopped. */
export function chainAround(reads: Pick<ReadModel, "chainOf">, scheduleId: string): Chain {
  const { members, links, more } = reads.chainOf(scheduleId, mostNodes);
  const states = chainStates(members, links);
  return {
    more,
    nodes: members.map(({ scheduleId: id, name, status, spec, nextRunAt, lastRun }) => {
      const stop = states.stopped.get(id);
      return {
        scheduleId: id,
        name,
        status,
        when: ownTimes(spec),
        nextRunTime: isoOrNull(nextRunAt),
        lastRun:
          lastRun === null
            ? null
            : {
                ...lastRun,
                createdAt: iso(lastRun.createdAt),
                startedAt: isoOrNull(lastRun.startedAt),
                completedAt: isoOrNull(lastRun.completedAt),
              },
        stopped: stop === undefined ? null : { ...stop, at: iso(stop.at) },
      };
    }),
    edges: links.map(({ from, to, outcome, delayMs, started, waitsUntil }, index) => ({
      from,
      to,
      outcome,
      delayMs,
      state: states.links[index] ?? "never",
      runId: started,
      waitsUntil: isoOrNull(waitsUntil),
    })),
  };
}
