import { Button, Collapse } from "@mantine/core";
import { useState } from "react";
import { inert } from "./logLines.ts";
import classes from "./StackTrace.module.css";

/** An error's stack behind a button; escape sequences in it do nothing. */
export function StackTrace({ stack }: { stack: string }) {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <Button variant="default" size="compact-xs" onClick={() => setOpen(!open)} aria-expanded={open}>
        {open ? "Hide the stack" : "Show the stack"}
      </Button>
      <Collapse expanded={open}>
        <pre className={classes.stack}>{inert(stack)}</pre>
      </Collapse>
    </div>
  );
}
