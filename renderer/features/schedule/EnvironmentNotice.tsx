import { Alert, Button, Group } from "@mantine/core";
import { IconVariable } from "@tabler/icons-react";
import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { usualVariables } from "../../../shared/domain/environment.ts";
import { useScheduleActions } from "../schedules/actions.ts";

/** That a command is passed everything, which it was before there was a choice; one click leaves it the usual variables. */
export function EnvironmentNotice({ row }: { row: ScheduleRow }) {
  const actions = useScheduleActions();
  const input = (row.input ?? {}) as { passEnvironment?: unknown };
  const passed = Array.isArray(input.passEnvironment) ? (input.passEnvironment as unknown[]) : [];
  const isCommand = row.workflowName === "shell.command" || row.workflowName === "script.run";
  if (!isCommand || !passed.includes("*") || row.status === "deleted") return null;
  return (
    <Alert color="gray" icon={<IconVariable size={16} />}>
      <Group gap="sm">
        <span>This command is passed every variable of Almanac's own environment.</span>
        <Button
          size="compact-xs"
          variant="default"
          title={usualVariables.join(", ")}
          onClick={() =>
            actions.edit(row, { input: { ...input, passEnvironment: passed.filter((name) => name !== "*") } })
          }
        >
          Pass only the usual ones
        </Button>
      </Group>
    </Alert>
  );
}
