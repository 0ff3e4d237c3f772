import { ActionIcon, Button, Group, PasswordInput, TextInput } from "@mantine/core";
import { IconKey, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, queryClient, trpc } from "../../api/client.ts";
import { appError, errorMessage, fieldErrors } from "../../api/errors.ts";
import { ConfirmDialog } from "../../components/page/ConfirmDialog.tsx";
import { useTellChanged, useUnsaved } from "../../components/page/unsaved.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import classes from "./Settings.module.css";

const read = () => queryClient.invalidateQueries(trpc.system.secrets.queryFilter());

/** Names of secrets; values go in and never come back. */
export function Secrets() {
  const { data } = useQuery(trpc.system.secrets.queryOptions());
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [deleting, setDeleting] = useState<string | null>(null);
  const { onChanged, dialog } = useUnsaved("The secret in the form is not saved.");
  useTellChanged([name, value], ["", ""], onChanged);
  const errors = fieldErrors(error);
  const exists = data?.some((secret) => secret.name === name) === true;

  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      await client.system.setSecret.mutate({ name, value });
      setName("");
      setValue("");
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
        {(data ?? []).map((secret) => (
          <li key={secret.name}>
            <IconKey size={15} aria-hidden="true" />
            <code className="mono">{`{{secret.${secret.name}}}`}</code>
            <span className="dim">
              set <TimeText at={secret.updatedAt} />
            </span>
            <ActionIcon aria-label={`Delete ${secret.name}`} onClick={() => setDeleting(secret.name)}>
              <IconX size={14} />
            </ActionIcon>
          </li>
        ))}
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Group gap="sm" align="flex-end">
          <TextInput
            label="Name"
            placeholder="API_KEY"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={errors["name"]}
            spellCheck={false}
            w={180}
          />
          <PasswordInput
            label="Value"
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
            error={errors["value"]}
            autoComplete="off"
            w={240}
          />
          <Button type="submit" variant="default" disabled={name === "" || value === ""} loading={busy}>
            {exists ? "Replace secret" : "Add secret"}
          </Button>
        </Group>
        {error !== null && (appError(error)?.issues.length ?? 0) === 0 && (
          <p className={classes.error} role="alert">
            {errorMessage(error)}
          </p>
        )}
      </form>
      {dialog}
      <ConfirmDialog
        opened={deleting !== null}
        onClose={() => setDeleting(null)}
        title={`Delete the secret ${deleting}?`}
        confirmLabel="Delete secret"
        destructive
        onConfirm={async () => {
          await client.system.deleteSecret.mutate({ name: deleting ?? "" });
          await read();
        }}
      >
        Runs whose input names it will fail. Its value cannot be brought back.
      </ConfirmDialog>
    </>
  );
}
