import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { type ReactNode, useEffect, useRef } from "react";
import classes from "./SidePanel.module.css";

/** A look at one thing beside the list it stands in: the list stays where it is. Escape closes it. */
export function SidePanel(props: {
  /** Names it for screen readers. */
  label: string;
  head: ReactNode;
  onClose: () => void;
  children: ReactNode;
}) {
  const latest = useRef(props.onClose);
  latest.current = props.onClose;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      // A dialog or menu on top closes first, and a field keeps its own Escape.
      if (event.key !== "Escape" || event.defaultPrevented) return;
      if (target?.closest("input, textarea, [role=dialog], [role=menu]") != null) return;
      latest.current();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return (
    <aside className={classes.panel} aria-label={props.label}>
      <div className={classes.head}>
        <div className={classes.title}>{props.head}</div>
        <ActionIcon onClick={props.onClose} aria-label="Close" data-tip="Close (Esc)">
          <IconX size={16} />
        </ActionIcon>
      </div>
      <div className={classes.body}>{props.children}</div>
    </aside>
  );
}
