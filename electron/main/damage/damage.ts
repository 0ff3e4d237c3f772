import { join } from "node:path";
import type { RestorePlan } from "../../../shared/api/system.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import { holdsText, lossLines, restorable, restore, startEmpty } from "../../api/restore.ts";

/** Asks in the system's own dialog; returns the number of the button. The first one leaves all as it is. */
export type Ask = (question: { message: string; detail: string; buttons: string[] }) => number;

export interface DamageParts {
  dataDir: string;
  ask: Ask;
  openFolder(): void;
  zone: string;
  nativeBinding?: string | undefined;
}

/** More than fit a dialog side by side are in the folder. */
const mostOffered = 4;

/**
 * Where the database is damaged: offers the backups with what each holds and loses, the folder, and an empty start. The
 * damaged file is kept whatever is chosen. `open`: the folder can be opened now; `quit`: the person leaves it; `other`: it
 * is no damage. Whatever else keeps it from that is thrown.
 */
export function offerRestore(error: unknown, parts: DamageParts): "open" | "quit" | "other" {
  if (!(error instanceof AppError) || error.code !== "DATABASE_DAMAGED") return "other";
  const plans = restorable(parts.dataDir, mostOffered, parts);
  // What it says besides is for a terminal: how to do by commands what the buttons do.
  const problem = `${join(parts.dataDir, "almanac.db")}: ${error.issues[0]?.message ?? error.message}.`;
  for (;;) {
    const chosen = ask(problem, plans, parts);
    if (chosen === "quit") return "quit";
    if (chosen === "folder") parts.openFolder();
    else if (chosen === "empty") {
      if (!confirmEmpty(plans, parts)) continue;
      startEmpty(parts.dataDir, parts);
      return "open";
    } else {
      const plan = chosen === "other" ? askWhich(plans, parts) : plans[0];
      if (plan === undefined || !confirmRestore(plan, parts)) continue;
      restore(parts.dataDir, plan.backup.name, parts);
      return "open";
    }
  }
}

const localTime = (instant: string, zone: string): string =>
  new Date(instant).toLocaleString(undefined, { timeZone: zone });
const madeAt = ({ backup }: RestorePlan, zone: string): string => localTime(backup.createdAt, zone);

function ask(problem: string, plans: readonly RestorePlan[], { ask: asking, zone }: DamageParts) {
  const choices = [
    ["Quit", "quit"],
    ...(plans.length > 0 ? [["Restore the newest backup…", "newest"]] : []),
    ...(plans.length > 1 ? [["Another backup…", "other"]] : []),
    ["Open the folder", "folder"],
    ["Start empty…", "empty"],
  ] as const;
  const backups = plans.map((plan) => `• ${madeAt(plan, zone)}: ${holdsText(plan.backup)}`);
  const answer = asking({
    message: "The database is damaged",
    detail: [
      problem,
      "Nothing was started, and nothing in it was changed.",
      "",
      ...(backups.length === 0 ? ["There is no backup that can be used."] : ["Backups that can be used:", ...backups]),
      "",
      "The damaged file is kept, whatever you choose.",
    ].join("\n"),
    buttons: choices.map(([label]) => label),
  });
  return choices[answer]?.[1] ?? "quit";
}

function askWhich(plans: readonly RestorePlan[], { ask: asking, zone }: DamageParts): RestorePlan | undefined {
  const answer = asking({
    message: "Which backup?",
    detail: plans.map((plan) => `• ${madeAt(plan, zone)}: ${holdsText(plan.backup)}`).join("\n"),
    buttons: ["Back", ...plans.map((plan) => madeAt(plan, zone))],
  });
  return plans[answer - 1];
}

function confirmRestore(plan: RestorePlan, { ask: asking, zone }: DamageParts): boolean {
  const lines = lossLines(plan, (instant) => localTime(instant, zone));
  return (
    asking({
      message: `Go back to the backup of ${madeAt(plan, zone)}?`,
      detail: [
        `It holds ${holdsText(plan.backup)}. Going back to it loses:`,
        ...(lines.length === 0 ? ["nothing that can be told"] : lines).map((line) => `• ${line}`),
      ].join("\n"),
      buttons: ["Back", "Restore it"],
    }) === 1
  );
}

function confirmEmpty(plans: readonly RestorePlan[], { ask: asking }: DamageParts): boolean {
  return (
    asking({
      message: "Start with an empty database?",
      detail: `There will be no schedules and no runs.${plans.length > 0 ? " Backups stay, and can still be restored in Settings." : ""}`,
      buttons: ["Back", "Start empty"],
    }) === 1
  );
}
