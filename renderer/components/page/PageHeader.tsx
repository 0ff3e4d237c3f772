import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import classes from "./PageHeader.module.css";

/** A longer title may be cut off. */
const tipFrom = 60;
/** A longer one has its line to itself in a narrow window: neither buttons nor a status take room from it. */
const longFrom = 32;

/** The top of every page: its one `h1`, what it belongs to, and its actions. Sets the window's title. */
export function PageHeader(props: {
  title: string;
  /** Beside the title: a badge, a status. */
  aside?: ReactNode;
  /** Above it: links back to what it belongs to. */
  crumb?: ReactNode;
  /** Below it: a sentence. */
  sub?: ReactNode;
  /** On the right: buttons, the main one last. */
  actions?: ReactNode;
}) {
  useDocumentTitle(`${props.title} · Almanac`);
  return (
    <header className={classes.header} data-long={props.title.length > longFrom || undefined}>
      <div className={classes.titles}>
        {props.crumb !== undefined && <div className={classes.crumb}>{props.crumb}</div>}
        <h1 className={classes.title}>
          <span dir="auto" data-tip={props.title.length > tipFrom ? props.title : undefined}>
            {props.title}
          </span>
          {props.aside}
        </h1>
        {props.sub !== undefined && <div className={classes.sub}>{props.sub}</div>}
      </div>
      {props.actions !== undefined && <div className={classes.actions}>{props.actions}</div>}
    </header>
  );
}
