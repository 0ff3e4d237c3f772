import { AppError } from "../../shared/domain/errors.ts";
import { holdsText, lossLines, planRestore, restore } from "../api/restore.ts";

/** Asks in the system's own dialog; returns the number of the button. */
export type Ask = (question: { message: string; detail: string; buttons: string[] }) => number;

/**
 * Where the database is damaged: offers the last good backup, says first what going back to it loses, and puts it in
 * place on a yes. True when it is there and the folder can be opened; whatever else keeps it from that is thrown.
 */
export function offerRestore(
  error: unknown,
  parts: { dataDir: string; ask: Ask; zone: string; nativeBinding?: string | undefined },
): boolean {
  if (!(error instanceof AppError) || error.code !== "DATABASE_DAMAGED") return false;
  const { dataDir, ask, zone, nativeBinding } = parts;
  const plan = (() => {
    try {
      return planRestore(dataDir, undefined, { nativeBinding });
    } catch (caught) {
      if (caught instanceof AppError && caught.code === "NOT_FOUND") return null;
      throw caught;
    }
  })();
  if (plan === null) return false;
  const made = new Date(plan.backup.createdAt).toLocaleString(undefined, { timeZone: zone });
  const lines = lossLines(plan);
  const answer = ask({
    message: "The database is damaged",
    detail: [
      error.message,
      "",
      `The backup of ${made} holds ${holdsText(plan.backup)}. Going back to it loses:`,
      ...(lines.length === 0 ? ["nothing that can be told"] : lines).map((line) => `• ${line}`),
      "",
      "The damaged file is kept.",
    ].join("\n"),
    buttons: ["Quit", "Restore the backup"],
  });
  if (answer !== 1) return false;
  restore(dataDir, undefined, { nativeBinding });
  return true;
}
