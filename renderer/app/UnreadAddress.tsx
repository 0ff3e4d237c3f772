import { Alert, Text } from "@mantine/core";
import { IconLinkOff } from "@tabler/icons-react";
import { isolated } from "../format/isolated.ts";
import type { UnreadParameter } from "./search.ts";
import { putAwayUnread } from "./unreadAddress.ts";

const saidAtMost = 3;

function words({ name, given, takes }: UnreadParameter): string {
  const what = `${isolated(name)}=${isolated(given)}`;
  return takes === null
    ? `${what} is left out: this page takes no “${isolated(name)}”.`
    : `${what} is left out: ${name} takes ${takes}.`;
}

/** What the address says that the page does not take: it shows what it would without. */
export function UnreadAddress({ unread }: { unread: readonly UnreadParameter[] }) {
  const more = unread.length - saidAtMost;
  return (
    <Alert
      color="yellow"
      radius={0}
      icon={<IconLinkOff size={16} />}
      role="status"
      py={8}
      withCloseButton
      closeButtonLabel="Dismiss"
      onClose={putAwayUnread}
    >
      {unread.slice(0, saidAtMost).map((parameter) => (
        <Text key={parameter.name} style={{ overflowWrap: "anywhere" }}>
          In the address, {words(parameter)}
        </Text>
      ))}
      {more > 0 && <Text>And {more} more.</Text>}
    </Alert>
  );
}
