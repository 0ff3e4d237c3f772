import { Button, Progress } from "@mantine/core";
import { useEffect, useState } from "react";
import type { ImportProgress } from "../../../shared/api/exchange.ts";
import { client } from "../../api/client.ts";
import { count } from "../../format/numbers.ts";
import classes from "./Import.module.css";

/** How far the import is, once it takes longer than a moment. */
export function Working() {
  const [progress, setProgress] = useState<ImportProgress | null>(null);
  const [stopping, setStopping] = useState(false);
  useEffect(() => {
    const timer = setInterval(async () => {
      // What it says is only for show: the import itself tells how it ended.
      setProgress(await client.exchange.importProgress.query().catch(() => null));
    }, 700);
    return () => clearInterval(timer);
  }, []);
  if (progress === null) return null;
  const stop = async () => {
    setStopping(true);
    // What was being sent tells of the end, or of why there is none.
    await client.exchange.stopImport.mutate().catch(() => setStopping(false));
  };
  const share = progress.total === 0 ? 0 : (100 * progress.done) / progress.total;
  return (
    <div className={classes.working}>
      <div role="status">
        <Progress value={share} aria-label="Import" />
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
