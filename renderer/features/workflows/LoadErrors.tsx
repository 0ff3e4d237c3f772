import { placeText, type WorkflowLoadError } from "../../../shared/domain/workflow.ts";
import { OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { inert } from "../../components/values/logLines.ts";
import { StackTrace } from "../../components/values/StackTrace.tsx";
import { plural } from "../../format/numbers.ts";
import classes from "./Workflows.module.css";

/** Files that did not load, each with the place of its error. */
export function LoadErrors({ errors }: { errors: readonly WorkflowLoadError[] }) {
  return (
    <section className={classes.errors} aria-labelledby="load-errors">
      <h2 id="load-errors" className={classes.errorsHead}>
        <OutcomeIcon outcome="failed" /> {plural(errors.length, "problem")} in workflow files
      </h2>
      <ul className={classes.errorList}>
        {errors.map((error) => (
          <LoadError key={`${error.path} ${error.line} ${error.message}`} error={error} />
        ))}
      </ul>
      <p className="dim">Other workflows are not affected. A file is read again when it changes.</p>
    </section>
  );
}

function LoadError({ error }: { error: WorkflowLoadError }) {
  return (
    <li>
      <code className={`mono ${classes.place}`}>{placeText(error)}</code>
      <p className={classes.message}>{inert(error.message)}</p>
      {error.stack !== null && <StackTrace stack={error.stack} />}
    </li>
  );
}
