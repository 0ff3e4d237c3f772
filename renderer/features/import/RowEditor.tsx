import { Button, Group, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import type { ImportDecision, ImportItem } from "../../../shared/api/exchange.ts";
import { SpecError } from "../../../shared/schedule/errors.ts";
import { parseWhen } from "../../../shared/schedule/index.ts";
import type { ScheduleSpec } from "../../../shared/schedule/types.ts";
import { ZoneSelect } from "../../components/form/ZoneSelect.tsx";
import classes from "./Import.module.css";

/** A spec as a line to edit: its cron expression where it is one, else nothing, which leaves it as it is. */
function whenText({ cron }: ScheduleSpec): string {
  return typeof cron === "string" ? cron : "";
}

/** Changes one row before it is imported: what it is called, when it runs, and what. */
export function RowEditor(props: {
  item: ImportItem;
  decision: ImportDecision;
  error: string | null;
  busy: boolean;
  onApply: (decision: ImportDecision) => void;
  onClose: () => void;
}) {
  const { item, decision } = props;
  const { schedule } = item;
  const spec = schedule?.spec ?? {};
  const input = (schedule?.input ?? {}) as Record<string, unknown>;
  const [name, setName] = useState(item.name);
  const [id, setId] = useState(item.id);
  const [when, setWhen] = useState(whenText(spec));
  const [zone, setZone] = useState(schedule?.timezone ?? "UTC");
  const [command, setCommand] = useState(typeof input["command"] === "string" ? input["command"] : null);
  const [whenError, setWhenError] = useState<string | null>(null);
  const written = JSON.stringify([name, id, when, zone, command]);
  /** What was refused: an error says nothing of what was written since. */
  const [applied, setApplied] = useState<string | null>(null);

  const apply = () => {
    let changed: ScheduleSpec | undefined;
    if (when.trim() !== "" && (when !== whenText(spec) || zone !== schedule?.timezone)) {
      try {
        const read = parseWhen(when, { timezone: zone }).spec;
        const { startAt, endAt, exclude, jitter } = spec;
        changed = JSON.parse(JSON.stringify({ startAt, endAt, exclude, jitter, ...read })) as ScheduleSpec;
      } catch (error) {
        if (!(error instanceof SpecError)) throw error;
        setWhenError(error.issues[0]?.message ?? error.message);
        return;
      }
    } else if (zone !== schedule?.timezone) changed = { ...spec, timezone: zone };
    setWhenError(null);
    setApplied(written);
    props.onApply({
      ...decision,
      ...(name === item.name ? {} : { name }),
      ...(id === item.id ? {} : { scheduleId: id }),
      ...(changed === undefined ? {} : { spec: changed as never }),
      ...(command === null || command === input["command"] ? {} : { input: { ...input, command } }),
    });
  };
  return (
    <div className={classes.editor}>
      <TextInput label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} autoFocus />
      <TextInput
        label="Id"
        value={id}
        onChange={(event) => setId(event.currentTarget.value)}
        error={applied === written ? props.error : null}
      />
      <TextInput
        label="When"
        placeholder={schedule?.words}
        value={when}
        onChange={(event) => {
          setWhen(event.currentTarget.value);
          setWhenError(null);
        }}
        error={whenError}
      />
      <ZoneSelect value={zone} onChange={setZone} />
      {command !== null && (
        <Textarea
          label="Command"
          className={`${classes.paste} ${classes.wide}`}
          value={command}
          onChange={(event) => setCommand(event.currentTarget.value)}
          rows={2}
          spellCheck={false}
        />
      )}
      <Group justify="flex-end" gap="sm" className={classes.wide ?? ""}>
        <Button variant="default" size="xs" onClick={props.onClose}>
          Close
        </Button>
        <Button size="xs" onClick={apply} loading={props.busy} disabled={name.trim() === ""}>
          Apply
        </Button>
      </Group>
    </div>
  );
}
