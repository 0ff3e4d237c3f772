import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ImportUndone } from "../../../shared/api/exchange.ts";
import { client, trpc } from "../../api/client.ts";
import { errorMessage } from "../../api/errors.ts";
import { ConfirmDialog } from "../../components/page/ConfirmDialog.tsx";
import { notifyDone } from "../../components/page/notify.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import { importedWords, undoneWords } from "./importWords.ts";

/** Takes back all that an import wrote, from a line that tells of it. */
export function UndoImport({ undoId }: { undoId: string }) {
  const [asking, setAsking] = useState(false);
  const imported = useQuery(trpc.exchange.imported.queryOptions({ undoId }, { enabled: asking }));
  return (
    <>
      <Button variant="default" size="compact-xs" ml={4} onClick={() => setAsking(true)}>
        Undo import…
      </Button>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title="Undo the import"
        confirmLabel="Undo import"
        destructive
        unknown={imported.data === undefined}
        onConfirm={async () =>
          notifyDone(undoneWords((await client.exchange.undoImport.mutate({ undoId })) as ImportUndone))
        }
      >
        {imported.data !== undefined ? (
          <>
            It {importedWords(imported.data)}, <TimeText at={imported.data.at} />. What it added is deleted and can be
            restored, what it changed is as before. What has been edited since stays as it is, and is named.
          </>
        ) : imported.error === null ? (
          // As high as what will stand there.
          <span className="dim" style={{ display: "block", minHeight: "3lh" }} aria-live="polite">
            Looking at what it wrote
          </span>
        ) : (
          errorMessage(imported.error)
        )}
      </ConfirmDialog>
    </>
  );
}
