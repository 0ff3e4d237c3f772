import { Button, Group, Modal, Stack, Text } from "@mantine/core";

/** The schedule was changed elsewhere while it was being edited here. */
export function ConflictDialog(props: {
  opened: boolean;
  onClose: () => void;
  onOverwrite: () => void;
  onTheirs: () => void;
}) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title="Changed elsewhere">
      <Stack gap="md">
        <Text>
          Somebody, or the command line, has changed this schedule since you opened it. What you have not touched stays
          as they left it.
        </Text>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={props.onOverwrite}>
            Save my changes onto theirs
          </Button>
          <Button variant="default" onClick={props.onTheirs}>
            Drop mine and load theirs
          </Button>
          <Button onClick={props.onClose} data-autofocus>
            Go on editing
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
