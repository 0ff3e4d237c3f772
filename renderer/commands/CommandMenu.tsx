import { Kbd, Menu } from "@mantine/core";
import { Fragment, useRef } from "react";
import { useReturnFocus } from "../components/page/returnFocus.ts";
import type { Action } from "./command.ts";
import { keyCaps } from "./keys.ts";

/** Commands as the items of a menu. */
export function ActionItems({ actions }: { actions: readonly Action[] }) {
  return actions.map(({ id, label, Icon, keys, divides, danger, ...action }, index) => (
    <Fragment key={id}>
      {divides && index > 0 && <Menu.Divider />}
      <Menu.Item
        leftSection={<Icon size={14} aria-hidden="true" />}
        rightSection={keys === undefined ? undefined : <Keys keys={keys} />}
        {...(danger ? { c: "var(--outcome-failed-text)" } : {})}
        onClick={() => action.do()}
      >
        {label}
      </Menu.Item>
    </Fragment>
  ));
}

/** The keys of a command, one cap each. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span aria-hidden="true" style={{ whiteSpace: "nowrap" }}>
      {keyCaps(keys).map((cap, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the caps of one command never change places
        <Kbd key={index} size="xs" ml={index > 0 ? 3 : 0}>
          {cap}
        </Kbd>
      ))}
    </span>
  );
}

/** A menu beside what it was asked from, never over it: a second click there must not hit "Delete". */
export function ContextMenu(props: { actions: readonly Action[]; near: DOMRect; label?: string; onClose: () => void }) {
  const { left, top, width, height } = props.near;
  const opener = useRef<HTMLButtonElement>(null);
  useReturnFocus(opener);
  return (
    <Menu opened onClose={props.onClose} position="bottom-end" returnFocus>
      <Menu.Target>
        {/* What opens a menu is a button, also where nothing of it is seen. */}
        <button
          ref={opener}
          type="button"
          tabIndex={-1}
          aria-label={props.label ?? "Actions"}
          style={{
            position: "fixed",
            left,
            top,
            width,
            height,
            padding: 0,
            border: 0,
            opacity: 0,
            pointerEvents: "none",
          }}
        />
      </Menu.Target>
      <Menu.Dropdown aria-label={props.label}>
        <ActionItems actions={props.actions} />
      </Menu.Dropdown>
    </Menu>
  );
}
