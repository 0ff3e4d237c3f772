import type { NoticeEvent, NoticeMessage } from "../../../shared/domain/notifications.ts";
import { formatDuration } from "../../../shared/schedule/texts/duration.ts";
import { timeOfDay } from "./hours.ts";

/** A change to tell of, with what is needed to say it. */
export interface Notice {
  event: NoticeEvent;
  scheduleId: string | null;
  /** The schedule's name. */
  name: string;
  runId: string | null;
  details: Readonly<Record<string, unknown>>;
  /** Epoch ms. */
  at: number;
  /** Of what was missed: the time in which nothing fired. */
  downtime: { kind: string; fromAt: number; toAt: number } | null;
}

type Said = Omit<NoticeMessage, "rule">;

/** More than so many messages at once become one, so that a bad night is not a hundred of them. */
const MOST_AT_ONCE = 3;
/** Lines of a message that tells of many. */
const MOST_LINES = 20;

/**
 * What is said of changes that came together: one message each, or one of all where there are many, or `together` is
 * asked for. What several schedules missed in one downtime is one message in any case.
 */
export function messagesOf(notices: readonly Notice[], together: boolean, zone: string, most = MOST_AT_ONCE): Said[] {
  const groups = new Map<string, Notice[]>();
  notices.forEach((notice, i) => {
    const key = notice.event === "missed" && notice.downtime !== null ? `missed ${notice.downtime.fromAt}` : `${i}`;
    groups.set(key, [...(groups.get(key) ?? []), notice]);
  });
  const said = [...groups.values()].map((group) => {
    const [first] = group;
    return group.length === 1 && first !== undefined ? one(first) : missedTogether(group, zone);
  });
  return said.length > Math.min(most, MOST_AT_ONCE) || (together && said.length > 1) ? [digest(notices, said)] : said;
}

const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

function one(notice: Notice): Said {
  const { event, name, runId, scheduleId, details } = notice;
  const schedulePath = scheduleId === null ? "/schedules" : `/schedules/${scheduleId}`;
  const runPath = runId === null ? schedulePath : `/runs/${runId}`;
  const say = (title: string, body: string, path: string): Said => ({
    title,
    body,
    path,
    event,
    scheduleIds: scheduleId === null ? [] : [scheduleId],
    at: new Date(notice.at).toISOString(),
  });
  switch (event) {
    case "failed": {
      const times = Number(details["failuresInARow"] ?? 1);
      return say(
        `✕ ${name} failed${times > 1 ? ` ${times} times in a row` : ""}`,
        errorMessage(details["error"]),
        runPath,
      );
    }
    case "recovered":
      return say(`✓ ${name} works again`, "Its last run completed.", runPath);
    case "paused":
      return say(`✕ ${name} was paused`, `${details["note"] ?? "It failed too often"}.`, schedulePath);
    case "interrupted":
      return say(
        `↻ ${name} was resumed`,
        `${details["by"] === "quitting" ? "Almanac was quit while it ran" : "The process that ran it was lost"}; the run goes on.`,
        runPath,
      );
    case "late_result":
      return say(
        `… A result of ${name} came late`,
        "The run had gone on without it; the result is kept beside it.",
        runPath,
      );
    case "slow":
      return say(
        `… ${name} is slow`,
        `Its run takes longer than ${formatDuration(Number(details["slowAfterMs"] ?? 0))}.`,
        runPath,
      );
    case "overdue":
      return say(`… ${name} is late`, `Its run has not ended by ${details["dueBy"]}.`, runPath);
    case "missed":
      return say(`▨ ${name} missed runs`, missedText(missedCount(notice)), schedulePath);
    case "queued": {
      const count = Number(details["count"] ?? 1);
      return say(
        `… ${count === 1 ? "A run waits" : `${count} runs wait`} for room`,
        `For over ${details["queuedAfter"]}; ${details["runsAtOnce"]} may run at once. Raise Runs at once in Settings to start more.`,
        runPath,
      );
    }
  }
}

const missedCount = ({ details }: Notice): number => Number(details["count"] ?? 1);
const scheduleIdsOf = (notices: readonly Notice[]): string[] => [
  ...new Set(notices.map(({ scheduleId }) => scheduleId).filter((id) => id !== null)),
];

const downtimeWords: Readonly<Record<string, string>> = { asleep: "Asleep", closed: "Closed", stalled: "Stalled" };

/** "Asleep 23:10–07:40: 6 missed in 3 schedules", and how many each. */
function missedTogether(group: readonly Notice[], zone: string): Said {
  const downtime = group[0]?.downtime ?? { kind: "closed", fromAt: 0, toAt: 0 };
  const counts = new Map<string, number>();
  for (const notice of group) counts.set(notice.name, (counts.get(notice.name) ?? 0) + missedCount(notice));
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const ids = scheduleIdsOf(group);
  const during = `${downtimeWords[downtime.kind] ?? "Closed"} ${timeOfDay(downtime.fromAt, zone)}–${timeOfDay(downtime.toAt, zone)}`;
  const lines = [...counts].sort((a, b) => b[1] - a[1]).map(([name, count]) => `▨ ${name}: ${count} missed`);
  return {
    title: `${during}: ${total} missed in ${plural(ids.length, "schedule")}`,
    body: withRest(lines),
    path: "/schedules",
    event: "missed",
    scheduleIds: ids,
    at: new Date(Math.min(...group.map(({ at }) => at))).toISOString(),
  };
}

const digestWords: Readonly<Record<NoticeEvent, string>> = {
  failed: "failed",
  recovered: "work again",
  missed: "missed runs",
  slow: "slow",
  overdue: "late",
  queued: "waits for room",
  paused: "paused",
  interrupted: "resumed",
  late_result: "late results",
};

function digest(notices: readonly Notice[], said: readonly Said[]): Said {
  const counts = new Map<NoticeEvent, number>();
  for (const { event } of notices) counts.set(event, (counts.get(event) ?? 0) + 1);
  const summary = [...counts].map(([event, count]) => `${count} ${digestWords[event]}`).join(", ");
  return {
    title: `${notices.length} things need a look: ${summary}`,
    body: withRest(said.map(({ title }) => title)),
    path: "/schedules",
    event: "digest",
    scheduleIds: scheduleIdsOf(notices).slice(0, 1000),
    at: new Date(Math.min(...notices.map(({ at }) => at))).toISOString(),
  };
}

function withRest(lines: readonly string[]): string {
  const rest = lines.length - MOST_LINES;
  return [...lines.slice(0, MOST_LINES), ...(rest > 0 ? [`and ${rest} more`] : [])].join("\n");
}

function missedText(count: number): string {
  return count === 1 ? "1 run was missed. It can be filled in." : `${count} runs were missed. They can be filled in.`;
}

function errorMessage(error: unknown): string {
  const message = typeof error === "object" && error !== null && "message" in error ? String(error.message) : "";
  return message === "" ? "Its run failed." : message.slice(0, 200);
}
