import { memo } from "react";
import type { Step } from "./model/summaries.ts";
import classes from "./Steps.module.css";

/** Goes to a step: its heading is scrolled to, and the focus with it. */
export function goToStep(id: Step["id"]): void {
  const heading = document.getElementById(id);
  const section = heading?.closest<HTMLElement>("section");
  section?.scrollIntoView({ block: "start" });
  // What is still to be filled in, else its first field.
  const fields = section?.querySelectorAll<HTMLElement>("input:not([type=hidden]), textarea, button, [tabindex='0']");
  const empty = [...(fields ?? [])].find(
    (field) =>
      (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) &&
      field.required &&
      field.value === "",
  );
  (empty ?? fields?.[0])?.focus({ preventScroll: true });
}

/** The three steps beside each other, each with what is chosen there. */
export const Steps = memo(function Steps({ steps }: { steps: readonly Step[] }) {
  return (
    <nav className={classes.steps} aria-label="Steps">
      {steps.map((step, index) => (
        <button
          key={step.id}
          type="button"
          className={classes.step}
          data-open={step.isOpen || undefined}
          onClick={() => goToStep(step.id)}
        >
          <span className={classes.title}>
            <span className={classes.number}>{index + 1}</span> {step.title}
          </span>
          <span className={classes.summary} data-tip={step.summary}>
            {step.summary}
          </span>
        </button>
      ))}
    </nav>
  );
});
