import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { client, trpc } from "../api/client.ts";
import { loaded } from "../api/code.ts";
import { openDialog, useOpenedDialog } from "./dialogs.ts";

// None of them is on any page at first.
const ImportDialog = lazy(() =>
  loaded(import("../features/import/ImportDialog.tsx")).then((module) => ({ default: module.ImportDialog })),
);
const PauseDialog = lazy(() =>
  loaded(import("../features/schedule/PauseDialog.tsx")).then((module) => ({ default: module.PauseDialog })),
);
const AsOfDialog = lazy(() =>
  loaded(import("../features/schedule/AsOfDialog.tsx")).then((module) => ({ default: module.AsOfDialog })),
);
const ThenRunDialog = lazy(() =>
  loaded(import("../features/schedule/chain/ThenRunDialog.tsx")).then((module) => ({ default: module.ThenRunDialog })),
);
const MoveDialog = lazy(() =>
  loaded(import("../features/schedule/MoveDialog.tsx")).then((module) => ({ default: module.MoveDialog })),
);
const ConfirmDialog = lazy(() =>
  loaded(import("../components/page/ConfirmDialog.tsx")).then((module) => ({ default: module.ConfirmDialog })),
);
const ShortcutSheet = lazy(() =>
  loaded(import("./ShortcutSheet.tsx")).then((module) => ({ default: module.ShortcutSheet })),
);

const close = () => openDialog(null);

/** The dialogs that commands open, over any page. */
export function CommandDialogs() {
  const opened = useOpenedDialog();
  const { data: status } = useQuery(trpc.system.status.queryOptions());
  if (opened === null) return null;
  return (
    <Suspense>
      {opened.kind === "shortcuts" && <ShortcutSheet onClose={close} />}
      {opened.kind === "import" && (
        <ImportDialog
          key={opened.files?.map(({ name }) => name).join()}
          zone={status?.zone ?? "UTC"}
          find={opened.find ?? false}
          files={opened.files}
          onClose={close}
        />
      )}
      {opened.kind === "pause" && <PauseDialog opened onClose={close} schedule={opened.row} />}
      {opened.kind === "asOf" && <AsOfDialog onClose={close} row={opened.row} />}
      {opened.kind === "then" && <ThenRunDialog onClose={close} row={opened.row} />}
      {opened.kind === "move" && <MoveDialog onClose={close} run={opened.run} />}
      {opened.kind === "cancel" && (
        <ConfirmDialog
          opened
          onClose={close}
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
    </Suspense>
  );
}
