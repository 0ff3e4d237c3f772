import { Alert, Button, Group, Modal, Stack } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { errorMessage } from "../../api/errors.ts";

/**
 * Asks before what cannot be undone. The way back has the focus, so Enter never destroys; the dialog stays open and says
 * so where the action fails.
 */
export function ConfirmDialog(props: {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** What follows from it, in plain words. */
  children: ReactNode;
  /** What the button does: "Delete 3 schedules". */
  confirmLabel: string;
  /** The way back; "Cancel" where left out. */
  cancelLabel?: string;
  /** Red button. */
  destructive?: boolean;
  /** What follows is not known yet: nothing can be confirmed. */
  unknown?: boolean | undefined;
  /** A rejection is shown in the dialog. */
  onConfirm: () => unknown;
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const close = () => {
    setError(null);
    props.onClose();
  };
  const confirm = async () => {
    setBusy(true);
    setError(null);
    try {
      await props.onConfirm();
      close();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened={props.opened} onClose={close} title={props.title} size="md">
      <Stack gap="md">
        <div>{props.children}</div>
        {error !== null && (
          <Alert color="red" role="alert">
            {errorMessage(error)}
          </Alert>
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={close} data-autofocus>
            {props.cancelLabel ?? "Cancel"}
          </Button>
          <Button
            color={props.destructive ? "red.9" : undefined}
            onClick={confirm}
            loading={busy}
            disabled={props.unknown}
          >
            {props.confirmLabel}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
