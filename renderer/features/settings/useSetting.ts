import { useState } from "react";
import { client, queryClient, trpc } from "../../api/client.ts";
import { fieldMessage } from "../../api/errors.ts";

type Json = string | number | boolean | null | Json[];

/** Writes one setting and says at its field what went wrong. */
export function useSetting(key: string) {
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const write = async (value: Json): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const settings = await client.system.setSetting.mutate({ key, value });
      queryClient.setQueryData(trpc.system.settings.queryKey(), settings);
    } catch (caught) {
      setError(fieldMessage(caught));
    } finally {
      setBusy(false);
    }
  };
  return { write, error, busy };
}
