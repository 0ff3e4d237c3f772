import { Button, Switch } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import type { Reason } from "./reason.ts";
import classes from "./SaveBar.module.css";

/** Always in sight: what the schedule says, why it cannot be saved, and the button. */
export function SaveBar(props: {
  /** What the draft is, where it is not simply what was opened: in sight wherever the page was left. */
  notice: ReactNode;
  /** The spec in words, short. */
  sentence: string | null;
  /** When it runs next, in words; empty where that is not known. */
  next: string;
  /** What the edit does to the runs to come; null where nothing is edited. */
  difference: string | null;
  /** Why saving is off, or what came of it; null where there is nothing to say. */
  reason: Reason | null;
  canSave: boolean;
  isNew: boolean;
  changed: boolean;
  saving: boolean;
  paused: boolean;
  onPaused: (paused: boolean) => void;
  onSave: () => void;
  onLeave: () => void;
}) {
  // What is told at the foot of the window stands above the bar, and not on its buttons.
  useEffect(() => {
    document.body.dataset["savebar"] = "";
    return () => {
      delete document.body.dataset["savebar"];
    };
  }, []);
  return (
    <div className={classes.foot} role="region" aria-label="Save">
      {props.notice !== false && (
        <div className={classes.notice} role="status" data-save-notice>
          {props.notice}
        </div>
      )}
      <div className={classes.bar}>
        <div className={classes.summary}>
          {props.difference !== null ? (
            <span className={classes.sentence} data-tip={`This edit: ${props.difference}.`} role="status">
              <strong>This edit:</strong> {props.difference}
            </span>
          ) : (
            props.sentence !== null && (
              <>
                <span className={classes.sentence}>{props.sentence}</span>
                {props.next !== "" && <span className={classes.next}>{props.next}</span>}
              </>
            )
          )}
        </div>
        {props.reason !== null && (
          <span
            className={classes.reason}
            data-kind={props.reason.kind}
            id="save-reason"
            role={props.canSave ? "alert" : "status"}
          >
            {props.reason.text}
          </span>
        )}
        <div className={classes.controls}>
          {props.isNew && (
            <Switch
              label="Start paused"
              checked={props.paused}
              onChange={(event) => props.onPaused(event.currentTarget.checked)}
            />
          )}
          <Button variant="default" onClick={props.onLeave}>
            {props.changed ? "Cancel" : "Close"}
          </Button>
          <Button
            onClick={props.onSave}
            loading={props.saving}
            disabled={!props.canSave}
            aria-describedby={props.reason === null ? undefined : "save-reason"}
          >
            {props.isNew ? "Create schedule" : "Save changes"}
          </Button>
        </div>
      </div>
    </div>
  );
}
