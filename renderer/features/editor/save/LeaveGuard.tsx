import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";

/** Asks before changes are left behind; the draft may be kept for the next time. */
export function LeaveGuard(props: {
  /** Asked at the moment of leaving: a save that has just ended need not wait for a render. Without a path the window closes. */
  shouldAsk: (pathname?: string) => boolean;
  onDiscard: () => void;
}) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ next }) => props.shouldAsk(next.pathname),
    enableBeforeUnload: () => props.shouldAsk(),
    withResolver: true,
  });
  const blocked = status === "blocked";
  return (
    <Modal opened={blocked} onClose={() => reset?.()} title="Leave with changes?" size={520}>
      <Stack gap="md">
        <Text>They are not saved. Kept as a draft, they are here when you come back.</Text>
        <Group justify="flex-end" gap="sm" wrap="nowrap">
          <Button
            variant="default"
            onClick={() => {
              props.onDiscard();
              proceed?.();
            }}
          >
            Throw them away
          </Button>
          <Button variant="default" onClick={() => proceed?.()}>
            Keep the draft and leave
          </Button>
          <Button onClick={() => reset?.()} data-autofocus>
            Stay
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
