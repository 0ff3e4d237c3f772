import { Alert, Button, Group, Modal, Stack } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { WorkflowRow } from "../../../shared/api/workflows.ts";
import { client } from "../../api/client.ts";
import { errorMessage, fieldErrors } from "../../api/errors.ts";
import { SchemaForm } from "../../components/form/SchemaForm.tsx";
import { startValue } from "../../components/form/schemaModel.ts";
import { useReturnFocus } from "../../components/page/returnFocus.ts";
import { showUnread } from "../../components/page/unread.ts";

/** Runs a workflow once, outside any schedule, with an input of its form. */
export function RunWorkflowDialog({ workflow, onClose }: { workflow: WorkflowRow; onClose: () => void }) {
  const navigate = useNavigate();
  const [input, setInput] = useState<unknown>(() =>
    workflow.inputSchema === null ? {} : startValue(workflow.inputSchema, workflow.inputSchema),
  );
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const errors = fieldErrors(error);
  const run = async () => {
    if (showUnread()) return;
    setBusy(true);
    setError(null);
    try {
      const { runId } = await client.workflows.run.mutate({
        name: workflow.name,
        // An emptied JSON field means no input at all.
        input: JSON.parse(JSON.stringify(input ?? {})),
      });
      await navigate({ to: "/runs/$id", params: { id: runId } });
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  };
  useReturnFocus();
  return (
    <Modal opened onClose={onClose} title={`Run ${workflow.name}`} size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <Stack gap="md">
          <SchemaForm
            schema={workflow.inputSchema}
            value={input}
            onChange={setInput}
            errors={errors}
            defaults={workflow.defaults}
          />
          {error !== null && Object.keys(errors).length === 0 && (
            <Alert color="red" role="alert">
              {errorMessage(error)}
            </Alert>
          )}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Run once
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
