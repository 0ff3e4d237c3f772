import { useRouter } from "@tanstack/react-router";
import { useMemo } from "react";
import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { client } from "../../api/client.ts";
import { loaded } from "../../api/code.ts";
import { appError } from "../../api/errors.ts";
import { copyText } from "../../components/page/copy.tsx";
import { notifyAction, notifyDone, notifyError, notifyUndo } from "../../components/page/notify.tsx";
import { saveAs } from "../../components/values/saveAs.ts";
import { isolated } from "../../format/isolated.ts";
import { plural } from "../../format/numbers.ts";
import { weekdayAndTime } from "../../format/time.ts";
import { timeFormat } from "../../format/useTimeFormat.ts";

/** How far ahead an iCalendar file of upcoming runs reaches. */
export const icalDays = 60;

const on = (time: string): string => `on ${weekdayAndTime(Date.parse(time), Date.now(), timeFormat())}`;

interface Named {
  scheduleId: string;
  name: string;
}

/** What can be done to schedules from the list, the detail and the palette. Each says how it went and can be taken back. */
export function useScheduleActions() {
  const router = useRouter();
  return useMemo(() => {
    const openRun = (runId: string) => router.navigate({ to: "/runs/$id", params: { id: runId } });

    const told = async (work: () => Promise<unknown>): Promise<boolean> => {
      try {
        await work();
        return true;
      } catch (error) {
        notifyError(error);
        return false;
      }
    };

    /** Says whether it was started. */
    const runNow = async (
      { scheduleId, name }: Named,
      options: { force?: boolean; asOf?: string } = {},
    ): Promise<boolean> => {
      try {
        const { runId } = await client.schedules.trigger.mutate({ scheduleId, ...options });
        notifyAction(`${isolated(name)} runs now`, "Show the run", () => openRun(runId));
        return true;
      } catch (error) {
        const overlaps = appError(error)?.code === "OVERLAP" && !options.force;
        notifyError(
          error,
          overlaps
            ? { label: "Run anyway", action: () => runNow({ scheduleId, name }, { ...options, force: true }) }
            : undefined,
        );
        return false;
      }
    };

    /** Tells first what would wait for nothing; the word for it is asked for there. */
    const beforeDeletion = async (
      scheduleIds: string[],
      name: string,
      remove: () => Promise<boolean>,
    ): Promise<boolean> => {
      let followers: Named[] = [];
      if (!(await told(async () => (followers = await client.schedules.followers.query({ scheduleIds })))))
        return false;
      const [first, ...more] = followers;
      if (first === undefined) return remove();
      const who =
        more.length === 0
          ? `${isolated(first.name)} comes`
          : `${isolated(first.name)} and ${plural(more.length, "other")} come`;
      notifyAction(
        `Not deleted yet: ${who} after ${isolated(name)}, and would never start`,
        "Delete all the same",
        () => void remove(),
      );
      return false;
    };

    return {
      openRun,
      runNow,
      pause: ({ scheduleId, name }: Named, options: { note?: string; until?: string } = {}) =>
        told(async () => {
          await client.schedules.pause.mutate({ scheduleId, ...options });
          notifyUndo(`${isolated(name)} is paused`, () => client.schedules.resume.mutate({ scheduleId }), scheduleId);
        }),
      resume: ({ scheduleId, name }: Named) =>
        told(async () => {
          await client.schedules.resume.mutate({ scheduleId });
          notifyUndo(
            `${isolated(name)} is active again`,
            () => client.schedules.pause.mutate({ scheduleId }),
            scheduleId,
          );
        }),
      remove: ({ scheduleId, name }: Named) =>
        beforeDeletion([scheduleId], name, () =>
          told(async () => {
            await client.schedules.delete.mutate({ scheduleId, confirmed: true });
            notifyUndo(
              `${isolated(name)} is deleted`,
              () => client.schedules.restore.mutate({ scheduleId }),
              scheduleId,
            );
          }),
        ),
      restore: ({ scheduleId, name }: Named) =>
        told(async () => {
          await client.schedules.restore.mutate({ scheduleId });
          notifyDone(`${isolated(name)} is back`);
        }),
      edit: (
        { scheduleId, name, revision, input }: Named & { revision: number; input: unknown },
        changes: { input: unknown },
      ) =>
        told(async () => {
          const edited = await client.schedules.update.mutate({ scheduleId, revision, ...changes });
          notifyUndo(`${isolated(name)} is changed`, () =>
            client.schedules.update.mutate({ scheduleId, revision: edited.revision, input }),
          );
        }),
      skipNext: ({ scheduleId, name }: Named, scheduledTime: string) =>
        told(async () => {
          await client.schedules.skipNext.mutate({ scheduleId, scheduledTime });
          notifyUndo(`${isolated(name)} is skipped ${on(scheduledTime)}`, () =>
            client.schedules.unskip.mutate({ scheduleId, scheduledTime }),
          );
        }),
      unskip: ({ scheduleId, name }: Named, scheduledTime: string) =>
        told(async () => {
          await client.schedules.unskip.mutate({ scheduleId, scheduledTime });
          notifyUndo(`${isolated(name)} runs ${on(scheduledTime)} after all`, () =>
            client.schedules.skipNext.mutate({ scheduleId, scheduledTime }),
          );
        }),
      exportAs: (scheduleIds: string[], fileName: string, format: "json" | "ical") =>
        told(async () => {
          if (format === "json") {
            const { text } = await client.exchange.export.query({ format, scheduleIds });
            saveAs(text, `${fileName}.json`, "application/json");
          } else {
            const { text } = await client.exchange.ical.query({ scheduleIds, days: icalDays });
            saveAs(text, `${fileName}.ics`, "text/calendar");
          }
        }),
      exportAll: () =>
        told(async () => {
          const { text } = await client.exchange.export.query({ format: "json" });
          saveAs(text, "almanac.json", "application/json");
        }),
      copyAs: ({ scheduleId }: Named, language: "Command line" | "TypeScript") =>
        told(async () => {
          const [row, [{ commandLine, typeScript }, { createInput, draftOf }]] = await Promise.all([
            client.schedules.get.query({ scheduleId }),
            loaded(Promise.all([import("../editor/model/exportText.ts"), import("../editor/model/form.ts")])),
          ]);
          const input = createInput(draftOf(row as ScheduleRow), false);
          const text = language === "TypeScript" ? typeScript(input) : commandLine(input, scheduleId);
          await copyText(text, `${language} copied`);
        }),
      bulk: (scheduleIds: string[], action: BulkAction, tag?: string) => {
        const change = () =>
          told(async () => {
            const { changed } = await client.schedules.bulk.mutate({
              scheduleIds,
              action,
              ...(tag ? { tag } : {}),
              // It was asked before.
              ...(action === "delete" ? { confirmed: true } : {}),
            });
            const what = plural(changed.length, "schedule");
            if (changed.length === 0) notifyDone("Nothing to change: all of them are so already");
            else
              notifyUndo(`${what} ${bulkWords[action]}${tag ? ` “${tag}”` : ""}`, () =>
                client.schedules.bulk.mutate({
                  scheduleIds: changed,
                  action: opposite[action],
                  ...(opposite[action] === "delete" ? { confirmed: true } : {}),
                  ...(tag ? { tag } : {}),
                }),
              );
          });
        return action === "delete" ? beforeDeletion(scheduleIds, "one of these", change) : change();
      },
    };
  }, [router]);
}

export type BulkAction = "pause" | "resume" | "delete" | "restore" | "add_tag" | "remove_tag";

const opposite: Record<BulkAction, BulkAction> = {
  pause: "resume",
  resume: "pause",
  delete: "restore",
  restore: "delete",
  add_tag: "remove_tag",
  remove_tag: "add_tag",
};

const bulkWords: Record<BulkAction, string> = {
  pause: "paused",
  resume: "resumed",
  delete: "deleted",
  restore: "restored",
  add_tag: "tagged",
  remove_tag: "no longer tagged",
};
