import { ActionIcon, Menu } from "@mantine/core";
import { IconCopy, IconSwitchHorizontal, IconTrash } from "@tabler/icons-react";
import { type ReactNode, useId } from "react";
import type { CardKind } from "../../model/draft.ts";
import classes from "./CardShell.module.css";

const kindNames: Record<CardKind, string> = {
  calendar: "Calendar",
  cron: "Cron",
  interval: "Interval",
  at: "Once",
  on: "On an event",
};

/** The frame of an entry: its number, kind and sentence, its actions, and what is wrong with it as a whole. */
export function CardShell(props: {
  number: number;
  kind: CardKind;
  /** The entry in words; empty where it is refused. */
  sentence: string;
  error?: string;
  onConvert: (kind: CardKind) => void;
  onDuplicate: () => void;
  onRemove: () => void;
  children: ReactNode;
}) {
  const title = useId();
  // What comes once says nothing that repeats, and the other way about.
  const others =
    props.kind === "at" || props.kind === "on"
      ? []
      : (["calendar", "cron", "interval"] as const).filter((kind) => kind !== props.kind);
  const what = `entry ${props.number}`;
  return (
    <section className={classes.card} aria-labelledby={title} data-invalid={props.error !== undefined || undefined}>
      <header className={classes.header}>
        <h3 className={classes.title} id={title} tabIndex={-1}>
          <span className={classes.number}>{props.number}</span>
          {kindNames[props.kind]}
          <span className={classes.sentence}>{props.sentence}</span>
        </h3>
        {others.length > 0 && (
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon aria-label={`Convert ${what}`} data-tip="Say it in another way">
                <IconSwitchHorizontal size={15} aria-hidden="true" />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {others.map((kind) => (
                <Menu.Item key={kind} onClick={() => props.onConvert(kind)}>
                  As {kind === "calendar" ? "a calendar entry" : kind === "cron" ? "cron" : "an interval"}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
        <ActionIcon aria-label={`Duplicate ${what}`} data-tip="Duplicate" onClick={props.onDuplicate}>
          <IconCopy size={15} aria-hidden="true" />
        </ActionIcon>
        <ActionIcon aria-label={`Remove ${what}`} data-tip="Remove" onClick={props.onRemove}>
          <IconTrash size={15} aria-hidden="true" />
        </ActionIcon>
      </header>
      <div className={classes.body}>
        {props.children}
        {props.error !== undefined && (
          <p className={classes.error} role="alert">
            {props.error}
          </p>
        )}
      </div>
    </section>
  );
}
