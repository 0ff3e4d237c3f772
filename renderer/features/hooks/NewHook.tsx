import { Button, Checkbox, Group, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { CreatedHook } from "../../../shared/api/hooks.ts";
import { client, trpc } from "../../api/client.ts";
import { appError, errorMessage, fieldErrors } from "../../api/errors.ts";
import { useTellChanged, useUnsaved } from "../../components/page/unsaved.tsx";
import { useScheduleNames } from "../schedules/useScheduleNames.ts";
import classes from "./Hooks.module.css";

const offered = 100;

/** Makes a hook. */
export function NewHook(props: { onMade: (hook: CreatedHook) => void; onCancel: () => void }) {
  const { schedules } = useScheduleNames();
  const workflows = useQuery(trpc.workflows.list.queryOptions());
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"schedule" | "workflow">("schedule");
  const [chosen, setChosen] = useState<string | null>(null);
  const [takesInput, setTakesInput] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const { onChanged, dialog } = useUnsaved("The hook in the form is not made.");
  useTellChanged([name, chosen, takesInput], ["", null, false], onChanged);
  const errors = fieldErrors(error);
  const create = async () => {
    setBusy(true);
    setError(null);
    const starts = chosen === null ? {} : kind === "schedule" ? { scheduleId: chosen } : { workflowName: chosen };
    try {
      props.onMade(await client.hooks.create.mutate({ name, ...starts, ...(takesInput ? { takesInput } : {}) }));
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const data =
    kind === "schedule"
      ? schedules.map(({ scheduleId, name: own }) => ({
          value: scheduleId,
          label: own === scheduleId ? own : `${own} (${scheduleId})`,
        }))
      : (workflows.data?.workflows ?? []).map((workflow) => ({ value: workflow.name, label: workflow.name }));
  return (
    <>
      <form
        className={classes.form}
        aria-label="New hook"
        onSubmit={(event) => {
          event.preventDefault();
          create();
        }}
      >
        <Group gap="sm" align="flex-start">
          <TextInput
            label="Name"
            placeholder="deploy"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={errors["name"]}
            spellCheck={false}
            w={180}
            autoFocus
          />
          <div>
            <p className={classes.label}>It starts</p>
            <SegmentedControl
              size="xs"
              aria-label="It starts"
              data={[
                { value: "schedule", label: "A schedule" },
                { value: "workflow", label: "A workflow" },
              ]}
              value={kind}
              onChange={(value) => {
                setKind(value as typeof kind);
                setChosen(null);
              }}
            />
          </div>
          <Select
            label={kind === "schedule" ? "Schedule" : "Workflow"}
            placeholder={kind === "schedule" ? "Which schedule" : "Which workflow"}
            searchable
            limit={offered}
            nothingFoundMessage="None of that name"
            data={data}
            value={chosen}
            onChange={setChosen}
            error={errors["scheduleId"] ?? errors["workflowName"]}
            w={280}
          />
        </Group>
        <Checkbox
          label="What is posted is the run's input"
          description={
            kind === "workflow" && chosen === "shell.command"
              ? "Checked by the workflow's schema. Of this workflow that is any command: whoever has the secret runs what they like."
              : "As JSON, checked by the workflow's schema. Else it is not looked at."
          }
          checked={takesInput}
          onChange={(event) => setTakesInput(event.currentTarget.checked)}
        />
        {error !== null && (appError(error)?.issues.length ?? 0) === 0 && (
          <p className={classes.failed} role="alert">
            {errorMessage(error)}
          </p>
        )}
        <Group gap="sm">
          <Button type="submit" loading={busy} disabled={name === "" || chosen === null}>
            Make the hook
          </Button>
          <Button variant="default" onClick={props.onCancel}>
            Cancel
          </Button>
        </Group>
      </form>
      {dialog}
    </>
  );
}
