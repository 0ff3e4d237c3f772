import { Alert, Button } from "@mantine/core";
import { useState } from "react";
import type { RunDetail } from "../../../shared/api/runs.ts";
import type { LateResultView } from "../../../shared/api/workers.ts";
import { client, queryClient, trpc } from "../../api/client.ts";
import { ConfirmDialog } from "../../components/page/ConfirmDialog.tsx";
import { JsonView } from "../../components/values/JsonView.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import classes from "./Run.module.css";
import { RunError } from "./RunError.tsx";

const words = { completed: "completed", failed: "failed", skipped: "skipped itself" } as const;

/** Outcomes that came when the run had gone on without them: each can be put in the place of the run's own. */
export function LateResults({ run, live }: { run: RunDetail; live: boolean }) {
  const [taking, setTaking] = useState<LateResultView | null>(null);
  if (run.lateResults.length === 0) return null;
  return (
    <section aria-label="Late results" className={classes.lateResults}>
      {run.lateResults.map((late) => (
        <Alert
          key={late.id}
          color={late.takenAt === null ? "yellow" : "gray"}
          title={
            <>
              Attempt {late.attempt} {words[late.outcome.kind]} after all, <TimeText at={late.at} />
            </>
          }
        >
          <p className={classes.lateText}>
            {late.worker === null ? "Its worker" : late.worker} had been given up by then, and the run had gone on
            without it.{" "}
            {late.takenAt === null ? "Nothing of the run was changed by it." : "It was taken as the run's own outcome."}
          </p>
          {late.outcome.error !== null && <RunError error={late.outcome.error} />}
          {late.outcome.skipReason !== null && <p className={classes.lateText}>{late.outcome.skipReason}</p>}
          {late.outcome.kind === "completed" && (
            <JsonView value={late.outcome.result} label={`Late result of attempt ${late.attempt}`} maxHeight={160} />
          )}
          {late.takenAt === null && (
            <div className={classes.lateActions}>
              <Button variant="default" disabled={live} onClick={() => setTaking(late)}>
                Take this result
              </Button>
              {live && <span className="dim">once the run has ended</span>}
            </div>
          )}
        </Alert>
      ))}
      <ConfirmDialog
        opened={taking !== null}
        onClose={() => setTaking(null)}
        title="Take this result?"
        confirmLabel="Take this result"
        onConfirm={async () => {
          if (taking === null) return;
          await client.runs.takeResult.mutate({ runId: run.runId, lateResultId: taking.id });
          await queryClient.invalidateQueries(trpc.runs.get.queryFilter({ runId: run.runId }));
        }}
      >
        The run is {run.status} now and becomes {taking?.outcome.kind ?? ""}, as attempt {taking?.attempt ?? ""} ended.
        The success rate of its schedule follows; nothing is run again.
      </ConfirmDialog>
    </section>
  );
}
