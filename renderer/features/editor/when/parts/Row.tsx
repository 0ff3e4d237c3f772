import type { ReactNode } from "react";
import { useId } from "react";
import classes from "./Row.module.css";

/** A line of a card: what it is about, its controls, and what is wrong with them. */
export function Row(props: { label: string; error?: string; hint?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <div className={classes.row} role="group" aria-labelledby={id}>
      <span className={classes.label} id={id}>
        {props.label}
      </span>
      <div className={classes.body}>
        {props.children}
        {props.hint !== undefined && <p className={classes.hint}>{props.hint}</p>}
        {props.error !== undefined && (
          <p className={classes.error} role="alert">
            {props.error}
          </p>
        )}
      </div>
    </div>
  );
}
