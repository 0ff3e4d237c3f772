import type { ReactNode } from "react";
import classes from "./Facts.module.css";

/** Facts beside each other, each under its small label; wraps where there is no room. Holds `Fact`s. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className={classes.facts}>{children}</dl>;
}

/** One fact of `Facts`. */
export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
