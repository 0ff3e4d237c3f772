import { useRouter } from "@tanstack/react-router";
import { useMemo } from "react";
import { agents } from "../../shared/domain/agents.ts";
import { client } from "../api/client.ts";
import { copyText } from "../components/page/copy.tsx";
import { notifyDone, notifyError } from "../components/page/notify.tsx";
import { useScheduleActions } from "../features/schedules/actions.ts";
import { type CommandDialog, openDialog, openPalette } from "./dialogs.ts";

export type Tools = ReturnType<typeof useTools>;

/** The address of a page for others: of this server, or a link that the desktop program opens. */
export const linkTo = (path: string): string =>
  location.protocol.startsWith("http") ? new URL(path, location.origin).href : `almanac:/${path}`;

/** What commands work with. */
export function useTools() {
  const router = useRouter();
  const schedules = useScheduleActions();
  return useMemo(
    () => ({
      navigate: router.navigate,
      schedules,
      open: (dialog: CommandDialog) => openDialog(dialog),
      openPalette,
      /** Puts a text on the clipboard and says so. */
      copy: (what: string, text: string) => copyText(text, `${what} copied`),
      /** Every schedule that is active is paused, or every paused one goes on. */
      all: async (action: "pause" | "resume") => {
        try {
          const status = action === "pause" ? "active" : "paused";
          const ids = await client.schedules.ids.query({ status });
          if (ids.length === 0) notifyDone(`No schedule is ${status}`);
          else await schedules.bulk(ids, action);
        } catch (error) {
          notifyError(error);
        }
      },
      /** A new schedule that hands a prompt to the first agent that this machine has; where it has none, one is named in the form. */
      newAiTask: async () => {
        try {
          const [found] = await client.workflows.agents.query();
          await router.navigate({
            to: "/schedules/new",
            search: { template: `ai-${found ?? agents[0]?.command ?? ""}` },
          });
        } catch (error) {
          notifyError(error);
        }
      },
      runAgain: async (runId: string, asScheduleIs = false) => {
        try {
          const made = await client.runs.retry.mutate({ runId, asScheduleIs });
          await router.navigate({ to: "/runs/$id", params: { id: made.runId } });
        } catch (error) {
          notifyError(error);
        }
      },
    }),
    [router, schedules],
  );
}
