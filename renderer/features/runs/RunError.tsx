import { useId } from "react";
import type { RunError as RunErrorData } from "../../../shared/domain/run.ts";
import { OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { inert } from "../../components/values/logLines.ts";
import { StackTrace } from "../../components/values/StackTrace.tsx";
import classes from "./Run.module.css";

/** Why a run failed, in plain words where the code has them. */
const codeWords: Record<RunErrorData["code"], string> = {
  WORKFLOW_ERROR: "The workflow threw an error",
  EXIT_CODE: "The command ended with an error",
  HTTP_STATUS: "The server's answer was not accepted",
  TIMEOUT: "It took longer than it may",
  CANCELLED: "It was cancelled",
  INVALID_INPUT: "Its input does not fit the workflow",
  WORKFLOW_NOT_FOUND: "Its workflow is not loaded",
  WORKFLOW_LOAD_FAILED: "Its workflow's file does not load",
  NOT_SERIALIZABLE: "Its result cannot be kept",
  RESULT_TOO_LARGE: "Its result is too large to keep",
  NONDETERMINISTIC: "Its steps have changed since it began",
  OUT_OF_MEMORY: "It ran out of memory",
  RUNNER_CRASHED: "Its process crashed",
  INTERRUPTED: "It was interrupted",
  RUNNER_HUNG: "Its process did not answer any more",
  NOT_RECORDED: "How it ended could not be recorded",
  RUNNER_PROTOCOL: "It wrote on the channel of its own process",
  SPAWN_FAILED: "Its process could not be started",
};

/** What built-in workflows report beside a failure. */
const detailWords: Record<string, string> = {
  exitCode: "Exit code",
  signal: "Ended by",
  stdout: "Printed",
  stderr: "Printed as errors",
  status: "Status",
  statusText: "Status text",
  url: "Address",
  headers: "Headers",
  body: "Body",
  file: "Program",
};

/** Longer text, or of several lines, has a box of its own height: what the run printed may be all that its log holds. */
const isLong = (text: string): boolean => text.length > 200 || text.includes("\n");

function detailText(value: unknown): string {
  return typeof value === "string" ? inert(value.trimEnd()) : JSON.stringify(value);
}

/** A failed run's error: what it means, what it said, and the stack behind a button. */
export function RunError({ error }: { error: RunErrorData }) {
  // What says nothing is left out, and the duration of the command alone: it stands beside the run's, and is another.
  const details = Object.entries(error.details ?? {}).filter(
    ([key, value]) => value != null && value !== "" && key !== "durationMs",
  );
  return (
    <section className={classes.error} aria-label="Error">
      <div className={classes.errorHead}>
        <OutcomeIcon outcome="failed" size={16} />
        <strong>{codeWords[error.code] ?? error.name}</strong>
        <code className="mono dim">{error.code}</code>
      </div>
      <p className={classes.errorText}>
        {error.code === "WORKFLOW_ERROR" && error.name !== "Error" && error.name !== "" ? `${error.name}: ` : ""}
        {inert(error.message)}
      </p>
      {details.length > 0 && (
        <dl className={classes.details}>
          {details.map(([key, value]) => (
            <Detail key={key} label={detailWords[key] ?? key} text={detailText(value)} />
          ))}
        </dl>
      )}
      {error.stack !== undefined && <StackTrace stack={error.stack} />}
    </section>
  );
}

function Detail({ label, text }: { label: string; text: string }) {
  const id = useId();
  if (!isLong(text)) {
    return (
      <div>
        <dt>{label}</dt>
        <dd>{text}</dd>
      </div>
    );
  }
  return (
    <div data-long>
      <dt id={id}>{label}</dt>
      <dd>
        {/* Programs say at the end why they end. */}
        <section
          ref={(box) => box?.scrollTo(0, box.scrollHeight)}
          className={`mono ${classes.output}`}
          aria-labelledby={id}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
        >
          {text}
        </section>
      </dd>
    </div>
  );
}
