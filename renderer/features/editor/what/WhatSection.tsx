import { Select, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { memo } from "react";
import type { WorkflowRow } from "../../../../shared/api/workflows.ts";
import { trpc } from "../../../api/client.ts";
import { fieldErrors } from "../../../api/errors.ts";
import { SchemaForm } from "../../../components/form/SchemaForm.tsx";
import { showUnread } from "../../../components/page/unread.ts";
import { useEditorContext } from "../state/editorContext.ts";
import { TestRun } from "./TestRun.tsx";
import classes from "./WhatSection.module.css";

/** *What*: a name, a workflow, its input as a form made from its schema, and a run to try it. */
export const WhatSection = memo(function WhatSection(props: {
  name: string;
  workflowName: string;
  input: unknown;
  note: string;
  tags: readonly string[];
  workflows: readonly WorkflowRow[];
  /** Refusals of the engine by field. */
  errors: Readonly<Record<string, string>>;
  /** Schedules what has been tried, or shows what is still to be chosen. */
  onSchedule: () => void;
  canSchedule: boolean;
}) {
  const { edit } = useEditorContext();
  const { workflows, errors } = props;
  const workflow = workflows.find((candidate) => candidate.name === props.workflowName);
  const gone = props.workflowName !== "" && workflow === undefined;
  return (
    <section className={classes.section} aria-labelledby="what-title">
      <h2 id="what-title" className={classes.heading}>
        What
      </h2>
      <div className={classes.panel}>
        <div className={classes.pair}>
          <TextInput
            label="Name"
            required
            value={props.name}
            maxLength={200}
            placeholder="Daily report"
            onChange={(event) => edit({ type: "name", name: event.currentTarget.value }, "name")}
            error={errors["name"] ?? errors["scheduleId"]}
          />
          <Select
            label="Workflow"
            required
            searchable
            allowDeselect={false}
            placeholder="Choose what runs"
            data={[
              ...(gone
                ? [{ group: "Not loaded", items: [{ value: props.workflowName, label: props.workflowName }] }]
                : []),
              ...groupsOf(workflows),
            ]}
            value={props.workflowName === "" ? null : props.workflowName}
            onChange={(name) => name !== null && edit(chooseWorkflow(props, name))}
            error={errors["workflowName"] ?? (gone ? "No workflow of this name is loaded." : undefined)}
            nothingFoundMessage="No such workflow"
          />
        </div>
        {workflow !== undefined && workflow.description !== "" && (
          <p className={classes.description}>{workflow.description}</p>
        )}
        {workflow !== undefined && (
          <WorkflowInput
            key={workflow.name}
            workflow={workflow}
            input={props.input}
            errors={errors}
            onSchedule={props.onSchedule}
            canSchedule={props.canSchedule}
          />
        )}
        <div className={classes.pair}>
          <TagsInput
            label="Tags"
            value={[...props.tags]}
            onChange={(tags) => edit({ type: "tags", tags })}
            maxTags={50}
            error={errors["tags"]}
          />
          <Textarea
            label="Note"
            // The page's other fields hold names, commands and times.
            spellCheck
            autosize
            minRows={1}
            maxRows={6}
            value={props.note}
            onChange={(event) => edit({ type: "note", note: event.currentTarget.value }, "note")}
            error={errors["note"]}
          />
        </div>
      </div>
    </section>
  );
});

/** The input's form and a run to try it, whose refusals stand at the fields they are about. */
function WorkflowInput(props: {
  workflow: WorkflowRow;
  input: unknown;
  errors: Readonly<Record<string, string>>;
  onSchedule: () => void;
  canSchedule: boolean;
}) {
  const { edit } = useEditorContext();
  const { workflow, input } = props;
  const run = useMutation(trpc.workflows.run.mutationOptions());
  return (
    <>
      <SchemaForm
        schema={workflow.inputSchema}
        value={input}
        defaults={workflow.defaults}
        errors={{ ...fieldErrors(run.error), ...props.errors }}
        onChange={(next) => edit({ type: "input", input: next }, "input")}
      />
      <TestRun
        run={run}
        onSchedule={props.onSchedule}
        canSchedule={props.canSchedule}
        onRun={() => {
          if (!showUnread()) run.mutate({ name: workflow.name, input });
        }}
      />
    </>
  );
}

function groupsOf(workflows: readonly WorkflowRow[]) {
  const items = (kind: "builtin" | "file") =>
    workflows.filter((workflow) => workflow.source.kind === kind).map(({ name }) => ({ value: name, label: name }));
  return [
    { group: "Built in", items: items("builtin") },
    { group: "Yours", items: items("file") },
  ].filter((group) => group.items.length > 0);
}

/** What was filled in for another workflow does not fit this one; what fits none is no loss. */
function chooseWorkflow(current: { workflowName: string; input: unknown }, workflowName: string) {
  const input = workflowName === current.workflowName || current.workflowName === "" ? current.input : {};
  return { type: "workflow" as const, workflowName, input };
}
