import { useQuery } from "@tanstack/react-query";
import * as z from "zod/mini";
import { client, trpc } from "../../../api/client.ts";
import { type SchedulesSearch, schedulesSearch } from "../../../app/search.ts";
import { notifyError, notifyUndo } from "../../../components/page/notify.tsx";

const settingKey = "views.schedules";

const savedViewsSchema = z.catch(z.array(z.object({ name: z.string(), search: schedulesSearch })), []);

interface SavedView {
  name: string;
  search: SchedulesSearch;
}

/** Named filters of the schedule list, kept with the data so that every window has them. */
export function useSavedViews() {
  const { data: settings } = useQuery(trpc.system.settings.queryOptions());
  const views: SavedView[] = savedViewsSchema.parse(settings?.[settingKey] ?? []);
  const write = async (next: SavedView[]): Promise<void> => {
    try {
      // What is not set has no place in JSON.
      await client.system.setSetting.mutate({ key: settingKey, value: JSON.parse(JSON.stringify(next)) });
    } catch (error) {
      notifyError(error);
    }
  };
  return {
    views,
    save: (view: SavedView) => write([...views.filter((other) => other.name !== view.name), view]),
    remove: async (name: string) => {
      await write(views.filter((view) => view.name !== name));
      notifyUndo(`The view “${name}” is deleted`, () => write(views));
    },
  };
}
