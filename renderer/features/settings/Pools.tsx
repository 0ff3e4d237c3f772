import { ActionIcon, Button, Group, TagsInput, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Pool } from "../../../shared/domain/waiting.ts";
import { client, queryClient, trpc } from "../../api/client.ts";
import { appError, errorMessage, fieldErrors } from "../../api/errors.ts";
import { NumberField } from "../../components/form/NumberField.tsx";
import { notifyUndo } from "../../components/page/notify.tsx";
import { showUnread } from "../../components/page/unread.ts";
import { useTellChanged, useUnsaved } from "../../components/page/unsaved.tsx";
import classes from "./Settings.module.css";

const read = () => queryClient.invalidateQueries(trpc.pools.list.queryFilter());
const empty: Pool = { name: "", limit: 1, workflows: [], tags: [] };

/** Named limits: so many runs at once of all that belong to one. Schedules choose theirs in the editor. */
export function Pools() {
  const { data } = useQuery(trpc.pools.list.queryOptions());
  const [draft, setDraft] = useState<Pool>(empty);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const { onChanged, dialog } = useUnsaved("The pool in the form is not saved.");
  useTellChanged(draft, data?.find(({ name }) => name === draft.name) ?? empty, onChanged);
  const errors = fieldErrors(error);
  const exists = data?.some(({ name }) => name === draft.name) === true;
  const set = (changes: Partial<Pool>) => setDraft({ ...draft, ...changes });

  const attempt = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
      setDraft(empty);
      await read();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <ul className={classes.rows}>
        {(data ?? []).map((pool) => (
          <li key={pool.name} className={classes.pool}>
            <strong className="ellipsis" data-tip={pool.name}>
              {pool.name}
            </strong>
            <span>{pool.limit} at once</span>
            <span className="dim ellipsis">{[...pool.workflows, ...pool.tags.map((tag) => `#${tag}`)].join(", ")}</span>
            <Button variant="subtle" size="compact-xs" onClick={() => setDraft(pool)}>
              Change
            </Button>
            <ActionIcon
              aria-label={`Delete ${pool.name}`}
              onClick={() =>
                attempt(async () => {
                  await client.pools.delete.mutate({ name: pool.name });
                  notifyUndo(`The pool ${pool.name} is deleted`, () => attempt(() => client.pools.set.mutate(pool)));
                })
              }
            >
              <IconX size={14} />
            </ActionIcon>
          </li>
        ))}
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!showUnread(event.currentTarget)) attempt(() => client.pools.set.mutate(draft));
        }}
      >
        <Group gap="sm" align="flex-start">
          <TextInput
            label="Name"
            placeholder="database"
            value={draft.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
            error={errors["name"]}
            spellCheck={false}
            w={160}
          />
          <NumberField
            label="Runs at once"
            value={draft.limit}
            min={0}
            max={100_000}
            onChange={(limit) => limit !== null && set({ limit })}
            error={errors["limit"]}
            w={110}
          />
          <TagsInput
            label="Workflows in it"
            value={draft.workflows}
            onChange={(workflows) => set({ workflows })}
            error={errors["workflows"]}
            w={200}
          />
          <TagsInput
            label="Tags in it"
            value={draft.tags}
            onChange={(tags) => set({ tags })}
            error={errors["tags"]}
            w={160}
          />
        </Group>
        <Group gap="sm" mt="sm">
          <Button type="submit" variant="default" disabled={draft.name === ""} loading={busy}>
            {exists ? "Change pool" : "Add pool"}
          </Button>
          {exists && (
            <Button variant="subtle" onClick={() => setDraft(empty)}>
              Cancel
            </Button>
          )}
        </Group>
        {error !== null && (appError(error)?.issues.length ?? 0) === 0 && (
          <p className={classes.error} role="alert">
            {errorMessage(error)}
          </p>
        )}
      </form>
      {dialog}
    </>
  );
}
