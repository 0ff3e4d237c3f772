import { Button, Center, Code, Stack, Text, Title } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";

/** Shown when the server does not know this browser: says where the address with the token is. */
export function SignedOutPage() {
  return (
    <Center h="100%" component="main">
      <Stack maw={440} gap="sm" p="md">
        <IconLock size={28} stroke={1.5} aria-hidden="true" />
        <Title order={1}>This browser is not signed in</Title>
        <Text>
          Almanac makes a new token each time it starts. Open the address it printed in the terminal, with everything
          after the <Code>#</Code>:
        </Text>
        <Code block>{`${window.location.origin}/#token=…`}</Code>
        <Text c="dimmed">
          The terminal is closed? Stop Almanac and start it again: it prints a new address. Schedules are not affected.
        </Text>
        <div>
          <Button onClick={() => window.location.reload()}>Try again</Button>
        </div>
      </Stack>
    </Center>
  );
}
