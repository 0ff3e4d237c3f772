import { Button, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { errorMessage } from "../api/errors.ts";

/** Where something could not be read: what went wrong, and a way to try again. */
export function ErrorState(props: {
  error: unknown;
  /** What was being done, as in "The runs could not be read". */
  title?: string;
  onRetry?: () => void;
  /** Stands for a whole page, which has no other heading. */
  page?: boolean;
}) {
  return (
    <Stack align="center" gap={8} py={48} px={16} ta="center" role="alert">
      <IconAlertTriangle size={28} stroke={1.5} color="var(--outcome-failed)" aria-hidden="true" />
      <Title order={props.page ? 1 : 2}>{props.title ?? "This page could not be read"}</Title>
      <Text c="dimmed" maw={560} style={{ overflowWrap: "anywhere" }}>
        {errorMessage(props.error)}
      </Text>
      {props.onRetry !== undefined && (
        <Button variant="default" onClick={props.onRetry}>
          Try again
        </Button>
      )}
    </Stack>
  );
}
