import { Button, Group, MultiSelect } from "@mantine/core";
import { memo, useState } from "react";
import { isKnownZone } from "../../../../shared/schedule/zone/zone.ts";
import { DurationInput } from "../../../components/form/DurationInput.tsx";
import { InstantField } from "../../../components/form/InstantField.tsx";
import { ZoneSelect } from "../../../components/form/ZoneSelect.tsx";
import type { WhenDraft } from "../model/draft.ts";
import { type EditorIssue, messageAt, useEditorContext } from "../state/editorContext.ts";
import { Row } from "./parts/Row.tsx";
import classes from "./WhenSection.module.css";

/** The zone of all entries, from when to when they fire, and how far each firing is spread. */
export const BoundsRow = memo(function BoundsRow(
  when: Pick<WhenDraft, "timezone" | "onlyOn" | "startAt" | "endAt" | "jitter"> & { issues: readonly EditorIssue[] },
) {
  const { edit, zone, calendars } = useEditorContext();
  const { issues } = when;
  const [open, setOpen] = useState(false);
  const onlyOn = (when.onlyOn === undefined ? [] : [when.onlyOn].flat()).map((name) =>
    typeof name === "string" ? name : name.calendar,
  );
  const shown = open || onlyOn.length > 0 || Boolean(when.startAt) || Boolean(when.endAt) || when.jitter !== undefined;
  const timezone = when.timezone ?? "UTC";
  const unknown = !isKnownZone(timezone);
  return (
    <div className={classes.bounds}>
      <Row label="zone">
        <Group gap="sm" align="start">
          <ZoneSelect
            hideLabel
            value={timezone}
            onChange={(next) => edit({ type: "timezone", timezone: next })}
            error={
              unknown
                ? "This system does not know this zone. It is kept; the preview shows UTC."
                : messageAt(issues, "timezone")
            }
            w={280}
          />
          {!shown && (
            <Button variant="subtle" onClick={() => setOpen(true)}>
              Start, end, jitter
            </Button>
          )}
        </Group>
        {shown && (
          <Group gap="md" align="start">
            <InstantField
              label="Not before"
              value={when.startAt}
              zone={zone}
              placeholder="any time"
              clearable
              onChange={(startAt) => edit({ type: "bounds", startAt: startAt ?? undefined }, "startAt")}
              error={messageAt(issues, "startAt")}
            />
            <InstantField
              label="Not from then on"
              value={when.endAt}
              zone={zone}
              placeholder="any time"
              clearable
              onChange={(endAt) => edit({ type: "bounds", endAt: endAt ?? undefined }, "endAt")}
              error={messageAt(issues, "endAt")}
            />
            <DurationInput
              label="Jitter: delay each run by up to"
              value={when.jitter ?? ""}
              defaultUnit="s"
              placeholder="none"
              onChange={(jitter) => edit({ type: "jitter", jitter: jitter === "" ? undefined : jitter }, "jitter")}
              error={messageAt(issues, "jitter")}
            />
            {(calendars.size > 0 || onlyOn.length > 0) && (
              <MultiSelect
                label="Only on days of"
                description="an exclusion calendar, such as market days"
                data={[...new Set([...calendars.keys(), ...onlyOn])]}
                value={onlyOn}
                placeholder={onlyOn.length === 0 ? "any day" : undefined}
                onChange={(names) => edit({ type: "onlyOn", names })}
                error={messageAt(issues, "onlyOn")}
                w={260}
              />
            )}
          </Group>
        )}
      </Row>
    </div>
  );
});
