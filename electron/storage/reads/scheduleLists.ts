import type { ScheduleGroup } from "../../../shared/domain/health.ts";
import { createRanking } from "../../../shared/domain/rank.ts";
import { byNeed, type ConditionReads, type Conditions, isFailing, needsAttention } from "./groups.ts";
import { naturalKey } from "./naturalOrder.ts";
import type { ListSchedules, ScheduleCounts } from "./readModel.ts";
import type { IndexedSchedule, ScheduleIndex } from "./scheduleIndex.ts";

/** Words of a search that are looked at. */
const mostWords = 20;
/** Lists whose order is kept until something changes: those of some pages, each scrolled through. */
const ordersKept = 8;
const tagsShown = 1000;

type Filter = Pick<ListSchedules, "status" | "workflowName" | "tag" | "condition" | "search">;

/** A list's order, whole. */
interface Order {
  ids: readonly string[];
  groups?: { group: ScheduleGroup; count: number }[];
}

/** Which schedules a list has, and in which order: everything that is known without their runs. */
export function createScheduleLists(index: ScheduleIndex, conditions: ConditionReads) {
  /** What the last search found: whoever types on finds no other ones. */
  let lastFound: { version: number | string; search: string; rest: string; schedules: IndexedSchedule[] } | undefined;

  function searched(filter: Filter): IndexedSchedule[] {
    const { search = "", ...others } = filter;
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    // A further word, or one that is cut off here, would make the next search one of other words.
    if (words.length === 0 || words.length > mostWords) return matching(filter, undefined);
    const [version, rest] = [index.version(), JSON.stringify(others)];
    const isNarrower = lastFound?.version === version && lastFound.rest === rest && search.startsWith(lastFound.search);
    const schedules = matching(filter, undefined, isNarrower ? lastFound?.schedules : undefined);
    lastFound = { version, search, rest, schedules };
    return schedules;
  }

  function matching(filter: Filter, now: Conditions | undefined, within = index.all()): IndexedSchedule[] {
    const { status, workflowName, tag, condition } = filter;
    const words = (filter.search ?? "").toLowerCase().split(/\s+/).filter(Boolean).slice(0, mostWords);
    const among = condition === "missed" ? conditions.missed() : condition === "running" ? conditions.running() : null;
    return within.filter(
      (schedule) =>
        (status === undefined ? schedule.status !== "deleted" : schedule.status === status) &&
        (workflowName === undefined || schedule.workflowName === workflowName) &&
        (tag === undefined || schedule.tags.includes(tag)) &&
        (among === null || among.has(schedule.id)) &&
        (condition !== "failing" || isFailing(schedule)) &&
        (condition !== "attention" || (now !== undefined && needsAttention(schedule, now))) &&
        words.every((word) => schedule.text.includes(word)),
    );
  }

  function orderOf(input: ListSchedules, now: Conditions | undefined): Order {
    const { status, workflowName, tag, condition, search } = input;
    // What runs, is missed or asks for a look is so by the clock, too.
    const found = condition === undefined ? searched({ status, workflowName, tag, search }) : matching(input, now);
    if (input.sort === "need") return byNeed(found, now ?? conditions.now(), input.collapsed);
    if (input.sort === "match") return { ids: byFit(found, input.search ?? "").map(({ id }) => id) };
    return { ids: sortedBy(found, input.sort ?? "name", input.descending === true).map(({ id }) => id) };
  }

  const kept = new Map<string, { stamp: string; order: Order }>();
  let counted: { stamp: string; counts: ScheduleCounts } | undefined;

  return {
    /** Ids of a filter, in no order. */
    idsOf: (filter: Filter): string[] =>
      matching(filter, filter.condition === "attention" ? conditions.now() : undefined).map(({ id }) => id),

    order(input: ListSchedules): Order {
      const { limit: _, offset: __, ratioWindow: ___, ...which } = input;
      const byNow = input.sort === "need" || input.condition === "attention";
      const now = byNow ? conditions.now() : undefined;
      // What runs and what is missed comes and goes without any change of a schedule.
      const isKept = input.condition !== "running" && input.condition !== "missed";
      const key = JSON.stringify(which);
      const stamp = `${index.version()} ${now?.stamp ?? ""}`;
      const known = kept.get(key);
      if (isKept && known?.stamp === stamp) return known.order;
      const order = orderOf(input, now);
      if (isKept) {
        kept.delete(key);
        kept.set(key, { stamp, order });
        const [oldest] = kept.keys();
        if (kept.size > ordersKept && oldest !== undefined) kept.delete(oldest);
      }
      return order;
    },

    counts(): ScheduleCounts {
      const now = conditions.now();
      const running = conditions.running().size;
      const stamp = `${index.version()} ${now.stamp}`;
      if (counted?.stamp !== stamp) counted = { stamp, counts: count(index.all(), now) };
      return { ...counted.counts, running };
    },
  };
}

function count(schedules: readonly IndexedSchedule[], now: Conditions): ScheduleCounts {
  const counts = { active: 0, paused: 0, ended: 0, deleted: 0, attention: 0, failing: 0 };
  const [tags, workflows] = [new Set<string>(), new Set<string>()];
  for (const schedule of schedules) {
    counts[schedule.status]++;
    if (schedule.status === "deleted") continue;
    if (needsAttention(schedule, now)) counts.attention++;
    if (isFailing(schedule)) counts.failing++;
    for (const tag of schedule.tags) tags.add(tag);
    workflows.add(schedule.workflowName);
  }
  const { deleted: _, ...shown } = counts;
  return {
    ...shown,
    running: 0,
    missed: now.missed.size,
    tags: [...tags].sort(inOrder).slice(0, tagsShown),
    workflows: [...workflows].sort(inOrder),
  };
}

const inOrder = <T extends string | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** The best first; those that fit alike in the order of their names, as they came. */
function byFit(found: readonly IndexedSchedule[], search: string): IndexedSchedule[] {
  const rank = createRanking(search);
  return found
    .map((schedule) => ({ schedule, points: rank(schedule.name, [schedule.id]) }))
    .sort((a, b) => b.points - a.points)
    .map(({ schedule }) => schedule);
}

type Sort = Exclude<NonNullable<ListSchedules["sort"]>, "need" | "match">;

/** Null where there is nothing to sort by: such schedules come last either way. */
const sortValues: Record<Sort, (schedule: IndexedSchedule) => string | number | null> = {
  name: ({ key }) => key,
  workflow: ({ workflowName }) => naturalKey(workflowName),
  next: ({ nextRunAt }) => nextRunAt,
  last: ({ lastRunAt }) => lastRunAt,
  ratio: ({ successfulRuns, failedRuns }) =>
    successfulRuns + failedRuns === 0 ? null : successfulRuns / (successfulRuns + failedRuns),
  status: ({ status }) => status,
  created: ({ createdAt }) => createdAt,
};

function sortedBy(found: IndexedSchedule[], sort: Sort, descending: boolean): IndexedSchedule[] {
  // They come in this order.
  if (sort === "name" && !descending) return found;
  const by = found.map((schedule) => ({ schedule, value: sortValues[sort](schedule) }));
  const direction = descending ? -1 : 1;
  by.sort((a, b) => {
    if (a.value === null || b.value === null) {
      if (a.value !== b.value) return a.value === null ? 1 : -1;
    } else if (a.value !== b.value) return (a.value < b.value ? -1 : 1) * direction;
    return inOrder(a.schedule.id, b.schedule.id) * direction;
  });
  return by.map(({ schedule }) => schedule);
}
