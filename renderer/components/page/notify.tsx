import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { errorMessage } from "../../api/errors.ts";

/** Long enough to read and to reach the button by keyboard. */
const undoMs = 12_000;

function withButton(message: string, label: string, action: () => unknown, color?: string): void {
  const id = crypto.randomUUID();
  const press = async () => {
    notifications.hide(id);
    try {
      await action();
    } catch (error) {
      notifyError(error);
    }
  };
  notifications.show({
    id,
    color,
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

/** Says what was done and offers to take it back. A failing undo says so. */
export function notifyUndo(message: string, undo: () => unknown): void {
  withButton(message, "Undo", undo);
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
    withButton(errorMessage(error), again.label, again.action, "red");
    return;
  }
  notifications.show({ color: "red", autoClose: 10_000, message: errorMessage(error) });
}
