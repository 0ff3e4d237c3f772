import { useQuery } from "@tanstack/react-query";
import { client, trpc } from "../api/client.ts";
import { laterOverlay } from "../components/page/laterPart.tsx";
import { openDialog, useOpenedDialog } from "./dialogs.ts";

// None of them is on any page at first.
const ImportDialog = laterOverlay(
  "The import",
  async () => (await import("../features/import/ImportDialog.tsx")).ImportDialog,
);
const PauseDialog = laterOverlay(
  "The question how to pause",
  async () => (await import("../features/schedule/PauseDialog.tsx")).PauseDialog,
);
const AsOfDialog = laterOverlay(
  "The question for which time",
  async () => (await import("../features/schedule/AsOfDialog.tsx")).AsOfDialog,
);
const ThenRunDialog = laterOverlay(
  "The question what runs then",
  async () => (await import("../features/schedule/chain/ThenRunDialog.tsx")).ThenRunDialog,
);
const MoveDialog = laterOverlay(
  "The question where to move it",
  async () => (await import("../features/schedule/MoveDialog.tsx")).MoveDialog,
);
const ConfirmDialog = laterOverlay(
  "The question",
  async () => (await import("../components/page/ConfirmDialog.tsx")).ConfirmDialog,
);
const ShortcutSheet = laterOverlay("The list of keys", async () => (await import("./ShortcutSheet.tsx")).ShortcutSheet);

const close = () => openDialog(null);

/** The dialogs that commands open, over any page. */
export function CommandDialogs() {
  const opened = useOpenedDialog();
  const { data: status } = useQuery(trpc.system.status.queryOptions());
  if (opened === null) return null;
  const over = { onClose: close, onAgain: () => openDialog(opened) };
  return (
    <>
      {opened.kind === "shortcuts" && <ShortcutSheet {...over} />}
      {opened.kind === "import" && (
        <ImportDialog
          key={opened.files?.map(({ name }) => name).join()}
          zone={status?.zone ?? "UTC"}
          find={opened.find ?? false}
          files={opened.files}
          {...over}
        />
      )}
      {opened.kind === "pause" && <PauseDialog opened {...over} schedule={opened.row} />}
      {opened.kind === "asOf" && <AsOfDialog {...over} row={opened.row} />}
      {opened.kind === "then" && <ThenRunDialog {...over} row={opened.row} />}
      {opened.kind === "move" && <MoveDialog {...over} run={opened.run} />}
      {opened.kind === "cancel" && (
        <ConfirmDialog
          opened
          {...over}
          title="Cancel this run?"
          cancelLabel="Let it run"
          confirmLabel="Cancel the run"
          destructive
          onConfirm={() => client.runs.cancel.mutate({ runId: opened.run.runId })}
        >
          {opened.run.status === "running"
            ? "Its process is asked to end, and ended by force after 5 seconds. What it has done so far stays done."
            : "It has not started, and will not."}
        </ConfirmDialog>
      )}
    </>
  );
}
