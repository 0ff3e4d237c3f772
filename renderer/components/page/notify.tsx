import { Button, Group, Text } from "@mantine/core";
import { randomId } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { isAway } from "../../api/atOnce.ts";
import { errorMessage } from "../../api/errors.ts";

/** Long enough to read and to reach the button by keyboard. */
const undoMs = 12_000;

const awayId = "away";

/** By what they are about: the notice that still offers something. */
const offered = new Map<string, string>();

function withButton(
  message: string,
  label: string,
  action: () => unknown,
  { color, about }: { color?: string | undefined; about?: string | undefined } = {},
): void {
  const id = randomId();
  if (about !== undefined) {
    // What the one before offers is void now.
    const before = offered.get(about);
    if (before !== undefined) notifications.hide(before);
    offered.set(about, id);
  }
  const press = async () => {
    notifications.hide(id);
    try {
      await action();
    } catch (error) {
      notifyError(error);
      // It can still be done, once the engine is back.
      if (isAway(error)) withButton(message, label, action, { color, about });
    }
  };
  notifications.show({
    id,
    ...(color === undefined ? {} : { color }),
    autoClose: undoMs,
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text span style={{ overflowWrap: "anywhere" }}>
          {message}
        </Text>
        <Button variant="default" size="compact-xs" onClick={press} style={{ flex: "none" }}>
          {label}
        </Button>
      </Group>
    ),
  });
}

/** Says what was done and offers to take it back. A failing undo says so. Takes the place of the offer before it `about` the same. */
export function notifyUndo(message: string, undo: () => unknown, about?: string): void {
  withButton(message, "Undo", undo, about === undefined ? {} : { about });
}

/** Says what was done and offers the next step. */
export function notifyAction(message: string, label: string, action: () => unknown): void {
  withButton(message, label, action);
}

export function notifyDone(message: string): void {
  notifications.show({ message });
}

/** Says why an action did not happen; `again` offers another way ("Run anyway"). */
export function notifyError(error: unknown, again?: { label: string; action: () => unknown }): void {
  if (again !== undefined) {
    withButton(errorMessage(error), again.label, again.action, { color: "red" });
    return;
  }
  const id = isAway(error) ? awayId : randomId();
  // Pressed again, it is said again, and not twice.
  if (isAway(error)) notifications.hide(id);
  notifications.show({ id, color: "red", autoClose: 10_000, message: errorMessage(error) });
}
