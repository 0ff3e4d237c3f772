import { Button, Group, Popover, SegmentedControl, Stack } from "@mantine/core";
import { IconDatabase } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { WorkflowRow } from "../../../shared/api/workflows.ts";
import { parseMemory } from "../../../shared/domain/memory.ts";
import { client, trpc } from "../../api/client.ts";
import { NumberField } from "../../components/form/NumberField.tsx";
import { notifyError } from "../../components/page/notify.tsx";
import { showUnread } from "../../components/page/unread.ts";
import { sizeText } from "../../format/numbers.ts";
import { memoryText } from "./memoryText.ts";

type Choice = "default" | "none" | "limit";
const SMALLEST = 64;
const LARGEST = 1_048_576;

/** What all runs of a workflow may take whose schedule says nothing, and a way to change it. */
export function MemoryLimit({ workflow }: { workflow: WorkflowRow }) {
  const { memory, name } = workflow;
  const [opened, setOpened] = useState(false);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="subtle"
          size="compact-sm"
          ml={-7}
          mt={4}
          c="var(--text)"
          fw={500}
          leftSection={<IconDatabase size={13} />}
          onClick={() => setOpened(!opened)}
          aria-label={`Memory of ${name}: ${memoryText(memory)}`}
        >
          {memoryText(memory)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        {/* Begins anew each time with what holds then. */}
        {opened && <MemoryForm workflow={workflow} onDone={() => setOpened(false)} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function MemoryForm({ workflow, onDone }: { workflow: WorkflowRow; onDone: () => void }) {
  const { memory, name, source, memoryLimit: ofCode } = workflow;
  const queryClient = useQueryClient();
  const [choice, setChoice] = useState<Choice>(
    memory.by !== "workflow" ? "default" : memory.limit === "none" ? "none" : "limit",
  );
  const [mib, setMib] = useState(memory.limit === "none" ? 512 : parseMemory(memory.limit));
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const memoryLimit = choice === "default" ? null : choice === "none" ? "none" : `${mib}MiB`;
      await client.workflows.update.mutate({ name, memoryLimit });
      await queryClient.invalidateQueries(trpc.workflows.list.pathFilter());
      onDone();
    } catch (error) {
      notifyError(error);
      setBusy(false);
    }
  };
  const byDefault =
    ofCode !== null
      ? `As its code says: ${ofCode === "none" ? "no limit" : sizeText(ofCode)}.`
      : source.kind === "builtin"
        ? "Commands and requests have no limit."
        : "As Settings say for workflow code.";
  const texts: Record<Choice, string> = {
    default: byDefault,
    none: "As much as it needs.",
    limit: "A run that takes more, with all programs it starts, is ended and counts as failed.",
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!showUnread(event.currentTarget)) void save();
      }}
    >
      <Stack gap={8} w={300}>
        <SegmentedControl
          aria-label="Memory of a run"
          value={choice}
          onChange={(value) => setChoice(value as Choice)}
          data={[
            { value: "default", label: "Default" },
            { value: "limit", label: "Limit" },
            { value: "none", label: "No limit" },
          ]}
          fullWidth
        />
        {choice === "limit" && (
          <NumberField
            label="Memory"
            suffix={() => " MiB"}
            value={mib}
            min={SMALLEST}
            max={LARGEST}
            onChange={(next) => next !== null && setMib(next)}
          />
        )}
        <span className="dim">{texts[choice]} A schedule may say otherwise.</span>
        <Group justify="flex-end">
          <Button type="submit" loading={busy}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
