import { ActionIcon, Button, Group, TextInput } from "@mantine/core";
import { IconFolder, IconPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { client, queryClient, trpc } from "../../api/client.ts";
import { fieldMessage } from "../../api/errors.ts";
import { notifyUndo } from "../../components/page/notify.tsx";
import classes from "./Workflows.module.css";

/** The folders and files that workflows are loaded from; used here and in the settings. */
export function WorkflowFolders({ paths }: { paths: readonly string[] }) {
  const [path, setPath] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const write = async (next: readonly string[]): Promise<boolean> => {
    setBusy(true);
    setError(null);
    try {
      await client.workflows.setPaths.mutate({ paths: [...next] });
      await queryClient.invalidateQueries(trpc.workflows.list.pathFilter());
      return true;
    } catch (caught) {
      setError(fieldMessage(caught));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return (
    <section aria-labelledby="folders" className={classes.folders}>
      <h2 id="folders" className={classes.name}>
        Folders
      </h2>
      <p className={classes.description}>
        TypeScript and JavaScript files in these folders are loaded as they are, and again when they change.
      </p>
      <ul className={classes.folderList}>
        {paths.map((folder) => (
          <li key={folder}>
            <IconFolder size={15} aria-hidden="true" />
            <code className="mono">{folder}</code>
            <ActionIcon
              aria-label={`Remove ${folder}`}
              disabled={busy}
              onClick={async () => {
                if (await write(paths.filter((other) => other !== folder)))
                  notifyUndo(`${folder} is no longer loaded`, () => write(paths));
              }}
            >
              <IconX size={14} />
            </ActionIcon>
          </li>
        ))}
      </ul>
      <form
        onSubmit={async (event) => {
          event.preventDefault();
          const added = path.trim();
          if (added !== "" && (await write([...paths.filter((other) => other !== added), added]))) setPath("");
        }}
      >
        <Group gap="sm" align="flex-start">
          <TextInput
            aria-label="Folder or file"
            placeholder="/home/you/workflows"
            value={path}
            onChange={(event) => setPath(event.currentTarget.value)}
            error={error}
            spellCheck={false}
            w={360}
          />
          <Button
            type="submit"
            variant="default"
            leftSection={<IconPlus size={14} />}
            disabled={path.trim() === ""}
            loading={busy}
          >
            Add folder
          </Button>
        </Group>
      </form>
    </section>
  );
}
