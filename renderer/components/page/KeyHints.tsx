import { Kbd } from "@mantine/core";
import { Fragment } from "react";
import classes from "./KeyHints.module.css";

/** A line of keys and what they do: `[["/", "search"], ["space", "select"]]`. */
export function KeyHints({ hints }: { hints: readonly (readonly [keys: string, does: string])[] }) {
  return (
    <p className={classes.hints}>
      {hints.map(([keys, does]) => (
        <Fragment key={keys}>
          <span className={classes.hint}>
            <Kbd size="xs">{keys}</Kbd> {does}
          </span>
        </Fragment>
      ))}
    </p>
  );
}
