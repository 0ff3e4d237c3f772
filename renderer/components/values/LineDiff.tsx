import { useMemo } from "react";
import classes from "./LineDiff.module.css";
import { lineDiff } from "./lineDiff.ts";

const signs = { same: " ", added: "+", removed: "−", folded: "⋯" };

/** What one text has and another has not, a line each; `same` is said where there is no difference. */
export function LineDiff(props: { before: string; after: string; label: string; same: string }) {
  const lines = useMemo(() => lineDiff(props.before, props.after), [props.before, props.after]);
  if (lines === null) return <p className={classes.same}>{props.same}</p>;
  return (
    <section
      className={classes.diff}
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
    >
      <div className={classes.lines}>
        {lines.map(({ kind, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its place alone
          <div key={index} className={classes.line} data-kind={kind}>
            <span className={classes.sign}>{signs[kind]}</span>
            <span>{text}</span>
          </div>
        ))}
      </div>
    </section>
  );
}
