import { Kbd, Menu } from "@mantine/core";
import { Fragment } from "react";
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
        {...(danger ? { color: "red" } : {})}
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

/**
 * The place of a menu that a key asks for: under the row's beginning. Told once the key has been dealt with, since a menu
 * closes at a key that is pressed outside of it.
 */
export function menuPlace(row: Element, open: (near: DOMRect) => void): void {
  const { left, top, height } = row.getBoundingClientRect();
  setTimeout(() => open(new DOMRect(left + 240, top, 0, height)));
}

/** A menu beside what it was asked from, never over it: a second click there must not hit "Delete". */
export function ContextMenu(props: { actions: readonly Action[]; near: DOMRect; label?: string; onClose: () => void }) {
  const { left, top, width, height } = props.near;
  return (
    <Menu opened onClose={props.onClose} position="bottom-end" returnFocus>
      <Menu.Target>
        <span style={{ position: "fixed", left, top, width, height, pointerEvents: "none" }} />
      </Menu.Target>
      <Menu.Dropdown aria-label={props.label}>
        <ActionItems actions={props.actions} />
      </Menu.Dropdown>
    </Menu>
  );
}
