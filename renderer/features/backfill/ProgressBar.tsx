import type { Backfill } from "../../../shared/domain/backfill.ts";
import classes from "./Backfill.module.css";

/** How far a backfill is, by what its runs came to. */
export function ProgressBar({ backfill, small }: { backfill: Backfill; small?: boolean }) {
  const { total, completed, failed, cancelled, notStarted, running, status } = backfill;
  // What was called off before it began has got nowhere: its part of the bar stays empty.
  const called = cancelled - notStarted;
  const ended = completed + failed + called;
  const writing = status === "planning";
  const parts = [
    ["completed", completed],
    ["failed", failed],
    ["cancelled", called],
    ["active", running],
  ] as const;
  return (
    <div
      className={small ? classes.miniBar : classes.bar}
      role="progressbar"
      aria-label={`Progress of the backfill of ${backfill.scheduleName}`}
      aria-valuemin={0}
      aria-valuemax={Math.max(1, total)}
      aria-valuenow={total === 0 ? 1 : ended}
      aria-valuetext={`${ended} of ${total}`}
    >
      {writing && !small ? (
        <span data-state="writing" style={{ flexGrow: 1 }} />
      ) : (
        <>
          {parts.map(
            ([state, value]) =>
              value > 0 && <span key={state} data-state={state} style={{ flexGrow: value / total }} />,
          )}
          <span style={{ flexGrow: Math.max(0, (total - ended - running) / Math.max(1, total)) }} />
        </>
      )}
    </div>
  );
}
