import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { baseUrlSetting } from "../../../shared/api/notifications.ts";
import { trpc } from "../../api/client.ts";
import { useSetting } from "../settings/useSetting.ts";
import classes from "./Notifications.module.css";

/** Where links in messages lead: to pages that are served, or into the desktop program. */
export function BaseAddress() {
  const settings = useQuery(trpc.system.settings.queryOptions());
  const stored = settings.data?.[baseUrlSetting];
  const kept = typeof stored === "string" ? stored : "";
  const [typed, setTyped] = useState<string | null>(null);
  const { write, error, busy } = useSetting(baseUrlSetting);
  const value = typed ?? kept;
  const save = async (event: FormEvent) => {
    event.preventDefault();
    await write(value.trim() === "" ? null : value.trim());
  };
  return (
    <form onSubmit={save} className={classes.address}>
      <TextInput
        label="Address of the pages"
        description="Left empty, links open the desktop program (almanac://)."
        placeholder="https://almanac.example.com"
        value={value}
        onChange={(event) => setTyped(event.currentTarget.value)}
        error={error}
        spellCheck={false}
        inputMode="url"
      />
      <div>
        <Button type="submit" variant="default" loading={busy} disabled={value.trim() === kept}>
          Save address
        </Button>
      </div>
    </form>
  );
}
