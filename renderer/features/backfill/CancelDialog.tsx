import { Radio, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Backfill } from "../../../shared/domain/backfill.ts";
import { client } from "../../api/client.ts";
import { ConfirmDialog } from "../../components/page/ConfirmDialog.tsx";
import { plural } from "../../format/numbers.ts";

/** Asks what becomes of the runs that have begun. */
export function CancelDialog(props: { backfill: Backfill; opened: boolean; onClose: () => void }) {
  const { backfillId, running, remaining } = props.backfill;
  const [choice, setChoice] = useState<"finish" | "cancel">("finish");
  const waiting = Math.max(0, remaining - running);
  return (
    <ConfirmDialog
      opened={props.opened}
      onClose={props.onClose}
      title="Cancel this backfill?"
      cancelLabel="Keep it going"
      confirmLabel="Cancel the backfill"
      destructive
      onConfirm={() => client.backfills.cancel.mutate({ backfillId, running: choice })}
    >
      <Stack gap="sm">
        <Text>
          {waiting > 0 ? `${plural(waiting, "run")} that ${waiting === 1 ? "waits" : "wait"} will not start; ` : ""}
          everything called off can be run later from here.
        </Text>
        {running > 0 && (
          <Radio.Group
            label={`${plural(running, "run")} ${running === 1 ? "is" : "are"} on the way`}
            value={choice}
            onChange={(value) => setChoice(value as "finish" | "cancel")}
          >
            <Stack gap={10} mt={8}>
              <Radio value="finish" label={running === 1 ? "Let it finish" : "Let them finish"} />
              <Radio value="cancel" label={running === 1 ? "Cancel it too" : "Cancel them too"} />
            </Stack>
          </Radio.Group>
        )}
      </Stack>
    </ConfirmDialog>
  );
}
