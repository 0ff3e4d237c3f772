import { Button, Group, Stack } from "@mantine/core";
import { IconDownload, IconUpload } from "@tabler/icons-react";
import { client } from "../../api/client.ts";
import { openDialog } from "../../commands/dialogs.ts";
import { notifyError } from "../../components/page/notify.tsx";
import { saveAs } from "../../components/values/saveAs.ts";
import { Imports } from "../import/Imports.tsx";
import { icalDays } from "../schedules/actions.ts";

/** Schedules out of and into Almanac. */
export function Exchange() {
  const out = async (make: () => Promise<{ text: string }>, fileName: string, type: string) => {
    try {
      saveAs((await make()).text, fileName, type);
    } catch (error) {
      notifyError(error);
    }
  };
  // Only what `serve` serves has an address.
  const feed = window.location.protocol.startsWith("http") ? `${window.location.origin}/upcoming.ics` : null;
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Button variant="default" leftSection={<IconUpload size={14} />} onClick={() => openDialog({ kind: "import" })}>
          Import…
        </Button>
        <Button
          variant="default"
          leftSection={<IconDownload size={14} />}
          onClick={() =>
            out(() => client.exchange.export.query({ format: "json" }), "almanac.json", "application/json")
          }
        >
          Export JSON
        </Button>
        <Button
          variant="default"
          leftSection={<IconDownload size={14} />}
          onClick={() =>
            out(() => client.exchange.export.query({ format: "yaml" }), "almanac.yaml", "application/yaml")
          }
        >
          Export YAML
        </Button>
        <Button
          variant="default"
          leftSection={<IconDownload size={14} />}
          onClick={() => out(() => client.exchange.ical.query({ days: icalDays }), "almanac.ics", "text/calendar")}
        >
          Next {icalDays} days as iCalendar
        </Button>
      </Group>
      <Imports />
      {feed !== null && (
        <p className="dim">
          To subscribe to what comes, give a calendar program the address <code>{feed}</code> with a token of the scope
          “read” as its password, or behind it: <code>?token=…</code>.
        </p>
      )}
    </Stack>
  );
}
