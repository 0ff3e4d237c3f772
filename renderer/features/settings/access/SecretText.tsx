import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { CopyButton } from "../../../components/page/copy.tsx";
import classes from "./Access.module.css";

/** A text that is shown once, to be copied. */
export function SecretText(props: { label: string; text: string; children: ReactNode }) {
  return (
    <section className={classes.secret} aria-label={props.label} role="status">
      <code className="mono">{props.text}</code>
      <CopyButton value={props.text}>
        {({ copied, copy }) => (
          <Button size="compact-sm" variant="default" onClick={copy}>
            {copied ? "Copied" : "Copy"}
          </Button>
        )}
      </CopyButton>
      <p className="dim">{props.children}</p>
    </section>
  );
}
