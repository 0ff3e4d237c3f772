import { useEffect } from "react";
import { type DesktopDialog, desktopDialogMessage, desktopReadyMessage } from "../../shared/api/desktop.ts";
import { loaded } from "../api/code.ts";
import { notifyError } from "../components/page/notify.tsx";
import { openDialog } from "./dialogs.ts";

const isDialog = (data: unknown): data is DesktopDialog =>
  typeof data === "object" && data !== null && "type" in data && data.type === desktopDialogMessage;

/** How files are read comes with the first of them. */
const reading = () => loaded(import("../features/import/readFile.ts"));

async function openFiles(files: readonly { name: string; bytes: Uint8Array }[]): Promise<void> {
  const { importedFile } = await reading();
  openDialog({ kind: "import", files: files.map(({ name, bytes }) => importedFile(name, bytes)) });
}

function hear(event: MessageEvent<unknown>): void {
  const asked = event.data;
  if (event.source !== window || !isDialog(asked)) return;
  if (asked.dialog === "shortcuts") openDialog({ kind: "shortcuts" });
  else if (asked.files.length === 0) openDialog({ kind: "import" });
  else openFiles(asked.files).catch(notifyError);
}

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true;

/** Where a field of the page takes files itself, they are its. */
function over(event: DragEvent): void {
  if (hasFiles(event) && !event.defaultPrevented) event.preventDefault();
}

function drop(event: DragEvent): void {
  if (!hasFiles(event) || event.defaultPrevented) return;
  event.preventDefault();
  const files = [...(event.dataTransfer?.files ?? [])];
  if (files.length === 0) return;
  const read = async () => openDialog({ kind: "import", files: await (await reading()).readFiles(files) });
  read().catch(notifyError);
}

/** Files that are dropped on the window, or opened with the program, lead to the import's review. */
export function useOpenedFiles(): void {
  useEffect(() => {
    window.addEventListener("message", hear);
    window.addEventListener("dragover", over);
    window.addEventListener("drop", drop);
    // The desktop program keeps what is asked until somebody hears it.
    window.postMessage(desktopReadyMessage, window.location.origin);
    return () => {
      window.removeEventListener("message", hear);
      window.removeEventListener("dragover", over);
      window.removeEventListener("drop", drop);
    };
  }, []);
}
