import { ActionIcon, Button, Group, TextInput } from "@mantine/core";
import { IconFolderOpen, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, queryClient, trpc } from "../../api/client.ts";
import { fieldMessage } from "../../api/errors.ts";
import { ConfirmDialog } from "../../components/page/ConfirmDialog.tsx";
import { notifyError } from "../../components/page/notify.tsx";
import classes from "./Settings.module.css";

const read = () =>
  Promise.all([
    queryClient.invalidateQueries(trpc.folders.trusted.queryFilter()),
    queryClient.invalidateQueries(trpc.workflows.list.pathFilter()),
  ]);

/** Folders that are used although others can write there; whoever can is then able to run commands as this person. */
export function TrustedFolders() {
  const { data } = useQuery(trpc.folders.trusted.queryOptions());
  const [path, setPath] = useState("");
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<string | null>(null);
  if (data === undefined) return null;
  return (
    <>
      {data.folders.length > 0 && (
        <ul className={classes.rows} aria-label="Trusted folders">
          {data.folders.map((folder) => (
            <li key={folder}>
              <IconFolderOpen size={15} aria-hidden="true" />
              <code className="mono">{folder}</code>
              <ActionIcon
                aria-label={`No longer trust ${folder}`}
                onClick={() => client.folders.distrust.mutate({ path: folder }).then(read, notifyError)}
              >
                <IconX size={14} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (path.trim() !== "") setAsking(true);
        }}
      >
        <Group gap="sm" align="flex-end">
          <TextInput
            label="Folder"
            placeholder="/srv/team/workflows"
            value={path}
            onChange={(event) => {
              setPath(event.currentTarget.value);
              setError(null);
            }}
            error={error}
            spellCheck={false}
            w={360}
          />
          <Button type="submit" variant="default" disabled={path.trim() === ""}>
            Trust folder…
          </Button>
        </Group>
      </form>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title="Trust this folder?"
        confirmLabel="Trust folder"
        destructive
        onConfirm={async () => {
          try {
            await client.folders.trust.mutate({ path: path.trim() });
            setPath("");
            await read();
          } catch (caught) {
            setError(fieldMessage(caught));
          }
        }}
      >
        Whoever can write to {path.trim()} can then run commands as you.
      </ConfirmDialog>
    </>
  );
}
