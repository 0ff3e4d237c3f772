import { Button, Progress } from "@mantine/core";
import { useEffect, useState } from "react";
import type { ImportProgress } from "../../../shared/api/exchange.ts";
import { count } from "../../format/numbers.ts";
import classes from "./Working.module.css";

/** How far the reading of something from outside is, once it takes longer than a moment, and a way to end it. */
export function Working(props: {
  /** What goes on, for those who do not see it. */
  label: string;
  /** Null where nothing goes on. */
  ask: () => Promise<ImportProgress | null>;
  onStop: () => Promise<unknown>;
}) {
  const { ask } = props;
  const [progress, setProgress] = useState<ImportProgress | null>(null);
  const [stopping, setStopping] = useState(false);
  useEffect(() => {
    const timer = setInterval(async () => {
      // What it says is only for show: the import itself tells how it ended.
      setProgress(await ask().catch(() => null));
    }, 700);
    return () => clearInterval(timer);
  }, [ask]);
  if (progress === null) return null;
  const stop = async () => {
    setStopping(true);
    // What was being sent tells of the end, or of why there is none.
    await props.onStop().catch(() => setStopping(false));
  };
  const share = progress.total === 0 ? 0 : (100 * progress.done) / progress.total;
  return (
    <div className={classes.working}>
      <div role="status">
        <Progress value={share} aria-label={props.label} />
        <p className="dim">
          {progress.total === 0 ? "Reading…" : `${count(progress.done)} of ${count(progress.total)} steps`}
        </p>
      </div>
      <Button variant="default" onClick={stop} loading={stopping}>
        Stop
      </Button>
    </div>
  );
}
