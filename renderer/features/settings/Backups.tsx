import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { BackupView, RestorePlan, SystemStatus } from "../../../shared/api/system.ts";
import { client, trpc } from "../../api/client.ts";
import { ConfirmDialog } from "../../components/page/ConfirmDialog.tsx";
import { copyText } from "../../components/page/copy.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import { bytes, plural } from "../../format/numbers.ts";
import classes from "./Backups.module.css";

const reasons: Record<BackupView["reason"], string> = {
  rolling: "",
  migration: "before an update",
  import: "before an import",
  delete: "before a deletion",
  restore: "before a restore",
  other: "put there by hand",
};
/** So many are shown at first. */
const FEW = 5;

/** Copies of the database with what each holds, and the way back to one. */
export function Backups({ status }: { status: SystemStatus }) {
  const { data, error, refetch } = useQuery(trpc.system.backups.queryOptions());
  const [all, setAll] = useState(false);
  const [chosen, setChosen] = useState<BackupView | null>(null);
  if (error !== null) return <ErrorState error={error} title="The backups could not be read" onRetry={refetch} />;
  if (data === undefined) return <LoadingRows rows={2} />;
  if (data.length === 0)
    return <span className="dim">None yet. The first is made right after the first schedule.</span>;
  const shown = all ? data : data.slice(0, FEW);
  return (
    <>
      <table className={classes.table} aria-label="Backups">
        <thead>
          <tr>
            <th scope="col">Made</th>
            <th scope="col">Holds</th>
            <th scope="col">Newest change</th>
            <th scope="col" className={classes.number}>
              Size
            </th>
            <th scope="col">
              <span className="visuallyHidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((backup) => (
            <tr key={backup.name}>
              <td>
                <TimeText at={backup.createdAt} />
                {reasons[backup.reason] !== "" && <div className="dim">{reasons[backup.reason]}</div>}
              </td>
              <td>{holdsText(backup)}</td>
              <td>{backup.holds?.newestChangeAt == null ? "–" : <TimeText at={backup.holds.newestChangeAt} />}</td>
              <td className={classes.number}>{bytes(backup.bytes)}</td>
              <td className={classes.number}>
                {backup.holds !== null && (
                  <Button size="compact-xs" variant="default" onClick={() => setChosen(backup)}>
                    Restore…
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {data.length > FEW && (
        <div>
          <Button variant="subtle" size="compact-sm" onClick={() => setAll(!all)}>
            {all ? "Show the newest" : `Show all ${data.length}`}
          </Button>
        </div>
      )}
      {chosen !== null && <RestoreDialog backup={chosen} status={status} onClose={() => setChosen(null)} />}
    </>
  );
}

function holdsText({ holds }: BackupView): string {
  return holds === null ? "cannot be read" : `${plural(holds.schedules, "schedule")}, ${plural(holds.runs, "run")}`;
}

function RestoreDialog(props: { backup: BackupView; status: SystemStatus; onClose: () => void }) {
  const { backup, status, onClose } = props;
  const { data, error } = useQuery({
    ...trpc.system.planRestore.queryOptions({ backup: backup.name }),
    // What is lost grows with every run.
    staleTime: 0,
  });
  const command = `almanac doctor --restore ${backup.name} --data-dir '${status.dataDir.replaceAll("'", "'\\''")}'`;
  const restore = async () => {
    if (status.desktop) await client.system.restoreBackup.mutate({ backup: backup.name });
    else await copyText(command, "Command copied");
  };
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title="Go back to this backup"
      confirmLabel={status.desktop ? "Restore and start anew" : "Copy the command"}
      destructive={status.desktop}
      onConfirm={restore}
    >
      <div className={classes.plan}>
        <p>
          Made <TimeText at={backup.createdAt} />. It holds {holdsText(backup)}.
        </p>
        {error !== null ? (
          <p role="alert">What would be lost could not be read: {error.message}</p>
        ) : data === undefined ? (
          <LoadingRows rows={2} />
        ) : (
          <LossList plan={data} />
        )}
        <p>
          {status.desktop
            ? "Runs that are under way are stopped, and Almanac starts anew. What is there now is kept as a backup of its own."
            : "The program that serves these pages has the database open. End it, then run:"}
        </p>
        {!status.desktop && <code className={classes.command}>{command}</code>}
      </div>
    </ConfirmDialog>
  );
}

function LossList({ plan }: { plan: RestorePlan }) {
  const { lost, changed, back, runs, settings, calendars } = plan;
  const lines = [
    schedulesLine(lost, "would be gone"),
    schedulesLine(changed, "would be as they were"),
    schedulesLine(back, "would come back"),
    runs > 0 && `${plural(runs, "run")} since then would be gone`,
    settings.length > 0 && `Settings would be as they were: ${settings.join(", ")}`,
    calendars.length > 0 && `Exclusion calendars would be as they were: ${calendars.join(", ")}`,
  ].filter((line) => line !== false);
  if (lines.length === 0) return <p>Nothing would be lost: nothing has changed since.</p>;
  return (
    <ul aria-label="What would change">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

/** The first few by name. */
function schedulesLine(schedules: RestorePlan["lost"], words: string): string | false {
  if (schedules.length === 0) return false;
  const names = schedules.slice(0, 5).map(({ name }) => name);
  if (schedules.length > names.length) names.push(`and ${schedules.length - names.length} more`);
  return `${plural(schedules.length, "schedule")} ${words}: ${names.join(", ")}`;
}
