import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { EmptyState } from "../components/page/EmptyState.tsx";

export function NotFoundPage() {
  return (
    <EmptyState
      page
      title="There is no such page"
      action={
        <Button component={Link} to="/">
          Go to Schedules
        </Button>
      }
    >
      The address may be from an older version, or mistyped.
    </EmptyState>
  );
}
