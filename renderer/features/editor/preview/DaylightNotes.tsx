import { Radio, Stack } from "@mantine/core";
import { memo } from "react";
import type { DstPolicy } from "../../../../shared/schedule/types.ts";
import { shortDate, type TimeFormat } from "../../../format/time.ts";
import type { Preview } from "../model/preview.ts";
import { useEditorContext } from "../state/editorContext.ts";
import classes from "./PreviewPanel.module.css";

const choices: readonly { value: DstPolicy; label: string; description: string }[] = [
  {
    value: "vixie",
    label: "Once, as cron does",
    description: "A fixed time that is skipped runs right after the gap; one that comes twice runs at the first.",
  },
  {
    value: "literal",
    label: "As the clock says",
    description: "A time that is skipped does not run; one that comes twice runs twice.",
  },
  {
    value: "shift",
    label: "Later by the gap",
    description:
      "A time that is skipped runs as much later as the clock jumps; one that comes twice runs at the first.",
  },
];

/** The days on which the clocks change, what happens on them, and the choice of it. */
export const DaylightNotes = memo(function DaylightNotes(props: {
  notes: Preview["notes"];
  zone: string;
  dst: DstPolicy | undefined;
  format: TimeFormat;
}) {
  const { notes, dst } = props;
  const { edit } = useEditorContext();
  if (notes.length === 0) return null;
  const zoned = { ...props.format, zone: props.zone };
  return (
    <div className={classes.daylight}>
      <ul>
        {notes.map((note) => (
          <li key={note.at}>
            <span className={classes.diamond} aria-hidden="true" />
            <span>
              <strong>{shortDate(note.at, note.at, zoned)}</strong> {note.text}
            </span>
          </li>
        ))}
      </ul>
      <Radio.Group
        label="When the clocks change, run"
        value={dst ?? "vixie"}
        onChange={(value) => edit({ type: "dst", dst: value as DstPolicy })}
      >
        <Stack gap={6} mt={6}>
          {choices.map((choice) => (
            <Radio key={choice.value} value={choice.value} label={choice.label} description={choice.description} />
          ))}
        </Stack>
      </Radio.Group>
    </div>
  );
});
