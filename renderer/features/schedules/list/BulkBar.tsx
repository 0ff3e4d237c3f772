import { Autocomplete, Button, Group, Popover, SegmentedControl } from "@mantine/core";
import { IconDownload, IconPlayerPause, IconPlayerPlay, IconTag, IconTrash, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { plural } from "../../../format/numbers.ts";
import { type BulkAction, useScheduleActions } from "../actions.ts";
import classes from "../Schedules.module.css";

/** What can be done to all that is selected. It takes the toolbar's place, so nothing on the page moves. */
export function BulkBar(props: {
  selected: ReadonlySet<string>;
  onSelected: (selected: ReadonlySet<string>) => void;
  tags: string[];
}) {
  const actions = useScheduleActions();
  const [busy, setBusy] = useState<BulkAction | null>(null);
  const run = async (action: BulkAction, tag?: string) => {
    setBusy(action);
    const done = await actions.bulk([...props.selected], action, tag);
    setBusy(null);
    if (done && action === "delete") props.onSelected(new Set());
  };
  return (
    <section className={classes.toolbar} aria-label="Selected schedules">
      <strong role="status">{plural(props.selected.size, "schedule")} selected</strong>
      <Button
        variant="default"
        leftSection={<IconPlayerPause size={14} />}
        loading={busy === "pause"}
        onClick={() => run("pause")}
      >
        Pause
      </Button>
      <Button
        variant="default"
        leftSection={<IconPlayerPlay size={14} />}
        loading={busy === "resume"}
        onClick={() => run("resume")}
      >
        Resume
      </Button>
      <TagButton tags={props.tags} onTag={(action, tag) => run(action, tag)} />
      <Button
        variant="default"
        leftSection={<IconDownload size={14} />}
        onClick={() => actions.exportAs([...props.selected], "schedules", "json")}
      >
        Export
      </Button>
      <Button
        variant="default"
        c="var(--outcome-failed-text)"
        leftSection={<IconTrash size={14} />}
        loading={busy === "delete"}
        onClick={() => run("delete")}
      >
        Delete
      </Button>
      <Button variant="subtle" leftSection={<IconX size={14} />} onClick={() => props.onSelected(new Set())}>
        Select none
      </Button>
    </section>
  );
}

function TagButton(props: { tags: string[]; onTag: (action: "add_tag" | "remove_tag", tag: string) => void }) {
  const [opened, setOpened] = useState(false);
  const [tag, setTag] = useState("");
  const [action, setAction] = useState<"add_tag" | "remove_tag">("add_tag");
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconTag size={14} />} onClick={() => setOpened(!opened)}>
          Tag
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (tag.trim() === "") return;
            props.onTag(action, tag.trim());
            setOpened(false);
            setTag("");
          }}
        >
          <SegmentedControl
            data={[
              { value: "add_tag", label: "Add" },
              { value: "remove_tag", label: "Remove" },
            ]}
            value={action}
            onChange={(value) => setAction(value as typeof action)}
            aria-label="Add or remove"
            mb={8}
          />
          <Group gap="sm" align="end">
            <Autocomplete
              label="Tag"
              size="xs"
              data={props.tags}
              value={tag}
              onChange={setTag}
              maxLength={64}
              comboboxProps={{ withinPortal: false }}
              data-autofocus
            />
            <Button type="submit" disabled={tag.trim() === ""}>
              {action === "add_tag" ? "Add tag" : "Remove tag"}
            </Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
