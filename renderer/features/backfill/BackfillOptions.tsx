import { Radio, SegmentedControl, Select, Stack, Switch, Text } from "@mantine/core";
import { memo } from "react";
import type { BackfillOrder, ReprocessMode } from "../../../shared/domain/backfill.ts";
import { NumberField } from "../../components/form/NumberField.tsx";
import { SchemaForm } from "../../components/form/SchemaForm.tsx";
import classes from "./Backfill.module.css";

/** How a backfill runs; what the command line calls `--reprocess`, `--order`, `--concurrency`, `--max-failures`. */
export interface BackfillChoices {
  reprocess: ReprocessMode;
  order: BackfillOrder;
  concurrency: number;
  overlapPolicy: "buffer_all" | "allow_all" | "skip";
  maxFailures: number | null;
  /** Undefined: the schedule's own. */
  input: unknown;
}

export const defaultChoices: BackfillChoices = {
  reprocess: "none",
  order: "oldest",
  concurrency: 1,
  overlapPolicy: "buffer_all",
  maxFailures: null,
  input: undefined,
};

export const BackfillOptions = memo(function BackfillOptions(props: {
  value: BackfillChoices;
  onChange: (value: BackfillChoices) => void;
  /** Of the schedule's workflow, as JSON Schema. */
  inputSchema: Record<string, unknown> | null;
  defaults: Record<string, unknown>;
  scheduleInput: unknown;
  errors: Readonly<Record<string, string>>;
}) {
  const { value } = props;
  const set = (part: Partial<BackfillChoices>) => props.onChange({ ...value, ...part });
  return (
    <section className={classes.options} aria-label="How it runs">
      <Radio.Group
        label="Run again"
        value={value.reprocess}
        onChange={(reprocess) => set({ reprocess: reprocess as ReprocessMode })}
      >
        <Stack gap={10} mt={8}>
          <Radio value="none" label="Only what did not run" />
          <Radio value="failed" label="Failed ones too" />
          <Radio value="all" label="Everything, also what completed" />
        </Stack>
      </Radio.Group>
      <div className={classes.optionRow}>
        <div>
          <Text size="sm" fw={500} mb={2} id="backfill-order">
            Start with the
          </Text>
          <SegmentedControl
            aria-labelledby="backfill-order"
            value={value.order}
            onChange={(order) => set({ order: order as BackfillOrder })}
            data={[
              { value: "oldest", label: "oldest" },
              { value: "newest", label: "newest" },
            ]}
          />
        </div>
        <NumberField
          label="At a time"
          value={value.concurrency}
          onChange={(concurrency) => concurrency !== null && set({ concurrency })}
          min={1}
          max={1000}
          w={100}
        />
        <NumberField
          label="Stop after failures"
          placeholder="never"
          value={value.maxFailures}
          emptied="Never"
          onChange={(maxFailures) => set({ maxFailures })}
          min={1}
          max={1_000_000}
          w={128}
        />
        <Select
          label="While the schedule itself runs"
          data={[
            { value: "buffer_all", label: "Wait for it" },
            { value: "allow_all", label: "Run beside it" },
            { value: "skip", label: "Leave that run out" },
          ]}
          value={value.overlapPolicy}
          onChange={(policy) => set({ overlapPolicy: (policy ?? "buffer_all") as BackfillChoices["overlapPolicy"] })}
          allowDeselect={false}
          w={190}
        />
      </div>
      <div>
        <Switch
          label="With other input than the schedule's"
          checked={value.input !== undefined}
          onChange={(event) => set({ input: event.currentTarget.checked ? props.scheduleInput : undefined })}
        />
        {value.input !== undefined && (
          <div style={{ marginTop: 12 }}>
            <SchemaForm
              schema={props.inputSchema}
              defaults={props.defaults}
              value={value.input}
              onChange={(input) => set({ input })}
              errors={props.errors}
            />
          </div>
        )}
      </div>
    </section>
  );
});
