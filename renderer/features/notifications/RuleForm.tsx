import { Button, Checkbox, Group, MultiSelect, Switch, TagsInput, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { SetRuleInput } from "../../../shared/api/notifications.ts";
import { type NoticeEvent, noticeEvents, noticeEventWords } from "../../../shared/domain/notifications.ts";
import { client } from "../../api/client.ts";
import { appError, errorMessage, fieldErrors } from "../../api/errors.ts";
import { DurationInput } from "../../components/form/DurationInput.tsx";
import { NumberField } from "../../components/form/NumberField.tsx";
import { showUnread } from "../../components/page/unread.ts";
import { type OnChanged, useTellChanged } from "../../components/page/unsaved.tsx";
import classes from "./Notifications.module.css";
import type { RuleRow } from "./words.ts";

const fresh = (channels: readonly string[]): SetRuleInput & RuleRow => ({
  name: "",
  enabled: true,
  events: ["failed", "recovered", "missed"],
  schedules: [],
  tags: [],
  failuresInARow: 1,
  queuedAfter: "10m",
  channels: channels.slice(-1),
  dailyCap: 50,
  quietHours: null,
});

/** Makes a rule or changes one. */
export function RuleForm(props: {
  rule: RuleRow | null;
  channels: readonly string[];
  onChanged: OnChanged;
  onDone: () => void;
}) {
  const [saved] = useState<RuleRow>(() => props.rule ?? fresh(props.channels));
  const [rule, setRule] = useState(saved);
  useTellChanged(rule, saved, props.onChanged);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const errors = fieldErrors(error);
  const set = (changes: Partial<RuleRow>) => setRule({ ...rule, ...changes });
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (showUnread(event.currentTarget)) return;
    setBusy(true);
    setError(null);
    try {
      await client.notifications.setRule.mutate(rule);
      props.onDone();
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  };
  const { quietHours } = rule;
  const quiet = (part: "from" | "to", label: string) =>
    quietHours !== null && (
      <TextInput
        label={label}
        type="time"
        value={quietHours[part]}
        onChange={(event) => set({ quietHours: { ...quietHours, [part]: event.currentTarget.value } })}
        error={errors[`quietHours.${part}`] ?? errors["quietHours"]}
        w={130}
      />
    );
  return (
    <form className={classes.form} onSubmit={save} aria-label={props.rule === null ? "New rule" : `Rule ${rule.name}`}>
      <Group gap="sm" align="flex-start" grow>
        <TextInput
          label="Name"
          placeholder="nightly"
          value={rule.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
          error={errors["name"]}
          disabled={props.rule !== null}
          spellCheck={false}
        />
        <MultiSelect
          label="Channels"
          data={[...props.channels]}
          value={rule.channels}
          onChange={(channels) => set({ channels })}
          error={errors["channels"]}
        />
      </Group>
      <Checkbox.Group
        label="Told when a schedule"
        value={rule.events}
        onChange={(events) => set({ events: events as NoticeEvent[] })}
        error={errors["events"]}
      >
        <Group gap="md" mt={6}>
          {noticeEvents.map((event) => (
            <Checkbox key={event} value={event} label={noticeEventWords[event].toLowerCase()} />
          ))}
        </Group>
      </Checkbox.Group>
      <Group gap="sm" align="flex-start" grow>
        <TagsInput
          label="Schedules"
          placeholder={rule.schedules.length + rule.tags.length === 0 ? "all" : ""}
          value={rule.schedules}
          onChange={(schedules) => set({ schedules })}
          error={errors["schedules"] ?? errors["schedules[0]"]}
        />
        <TagsInput label="Tags" value={rule.tags} onChange={(tags) => set({ tags })} error={errors["tags"]} />
      </Group>
      <Group gap="sm" align="flex-start">
        <NumberField
          label="Failures in a row"
          value={rule.failuresInARow}
          min={1}
          max={1000}
          onChange={(value) => value !== null && set({ failuresInARow: value })}
          error={errors["failuresInARow"]}
          w={140}
        />
        <DurationInput
          label="Waits longer than"
          value={rule.queuedAfter}
          onChange={(queuedAfter) => queuedAfter !== "" && set({ queuedAfter })}
          error={errors["queuedAfter"]}
        />
        <NumberField
          label="Messages a day"
          placeholder="any"
          value={rule.dailyCap ?? null}
          min={1}
          max={10_000}
          emptied="Any"
          onChange={(dailyCap) => set({ dailyCap })}
          error={errors["dailyCap"]}
          w={140}
        />
      </Group>
      <Group gap="sm" align="flex-end">
        <Switch
          label="Quiet hours"
          checked={quietHours !== null}
          onChange={(event) =>
            set({ quietHours: event.currentTarget.checked ? { from: "22:00", to: "07:00", timezone: null } : null })
          }
          mb={8}
        />
        {quiet("from", "From")}
        {quiet("to", "To")}
      </Group>
      <Switch
        label="In use"
        checked={rule.enabled}
        onChange={(event) => set({ enabled: event.currentTarget.checked })}
      />
      {error !== null && (
        <p className={classes.failed} role="alert">
          {(appError(error)?.issues.length ?? 0) > 0 ? "Some fields are not right yet." : errorMessage(error)}
        </p>
      )}
      <Group gap="sm">
        <Button type="submit" loading={busy} disabled={rule.name === ""}>
          Save rule
        </Button>
        <Button variant="subtle" onClick={props.onDone}>
          Cancel
        </Button>
      </Group>
    </form>
  );
}
