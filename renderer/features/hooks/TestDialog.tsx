import { Button, Group, Modal, Stack } from "@mantine/core";
import { useState } from "react";
import type { HookInfo } from "../../../shared/api/hooks.ts";
import { JsonField } from "../../components/form/JsonField.tsx";

/** Asks before a hook is called: what it starts is no play. */
export function TestDialog(props: {
  hook: HookInfo;
  what: string;
  onClose: () => void;
  onTest: (input: unknown) => void;
}) {
  const { hook, what, onClose, onTest } = props;
  const [input, setInput] = useState<unknown>({});
  return (
    <Modal opened onClose={onClose} title={`Test ${hook.name}`}>
      <Stack gap="md">
        <div>It is called as a program would call it, so {what} starts once.</div>
        {hook.takesInput && (
          <JsonField label="Input" required path="input" errors={{}} value={input} onChange={setInput} />
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button onClick={() => onTest(hook.takesInput ? input : undefined)}>Call it</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
