import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { trpc } from "../../../api/client.ts";
import { TimeText } from "../../../components/values/TimeText.tsx";
import { actorText } from "../../schedule/actorText.ts";
import { conflictRows } from "../model/conflict.ts";
import { draftOf, type EditorDraft, type SavedSchedule } from "../model/form.ts";
import classes from "./ConflictDialog.module.css";

/** The schedule was changed elsewhere while it was being edited here: what was changed, and the ways on. */
export function ConflictDialog(props: {
  opened: boolean;
  scheduleId: string;
  /** What the edit began from, and what it holds. */
  base: EditorDraft;
  mine: EditorDraft;
  onClose: () => void;
  onOverwrite: () => void;
  onTheirs: () => void;
}) {
  const { opened, scheduleId } = props;
  const { data: theirs } = useQuery({ ...trpc.schedules.get.queryOptions({ scheduleId }), enabled: opened });
  const { data: edits } = useQuery({
    ...trpc.schedules.activity.queryOptions({ scheduleId, kinds: ["edited", "declared"], limit: 1 }),
    enabled: opened,
  });
  const rows =
    theirs === undefined ? [] : conflictRows(props.base, draftOf(theirs as unknown as SavedSchedule), props.mine);
  const last = edits?.rows[0];
  const clashes = rows.some(({ mine }) => mine !== null);
  return (
    <Modal opened={opened} onClose={props.onClose} title="Changed while you edited" size={680}>
      <Stack gap="md">
        <Text>
          {last === undefined ? (
            "Somebody else has changed this schedule since you opened it."
          ) : (
            <>
              Changed by {actorText(last.actor)} <TimeText at={last.at} />, while you edited.
            </>
          )}
        </Text>
        {rows.length > 0 && (
          <table className={classes.changes} aria-label="What was changed">
            <thead>
              <tr>
                <td />
                <th scope="col">Before</th>
                <th scope="col">Theirs</th>
                <th scope="col">Yours</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ field, was, theirs: now, mine }) => (
                <tr key={field}>
                  <th scope="row">{field}</th>
                  <td className="dim">{was}</td>
                  <td>{now}</td>
                  <td>{mine ?? <span className="dim">not touched</span>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <Text c="dimmed">
          {clashes
            ? "Keeping yours saves your values where both have changed one; what only they have changed stays."
            : "Keeping yours saves your changes and leaves theirs as they are: you have changed other fields."}
        </Text>
        <Group justify="flex-end" gap="sm" wrap="nowrap">
          <Button variant="default" onClick={props.onTheirs}>
            Take theirs
          </Button>
          <Button variant="default" onClick={props.onOverwrite}>
            Keep mine
          </Button>
          <Button onClick={props.onClose} data-autofocus>
            Go on editing
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
