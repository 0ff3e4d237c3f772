import { Alert, Button, FileButton, Group, Modal, Stack, Table, Textarea } from "@mantine/core";
import { useState } from "react";
import type { ImportItem, ImportReport } from "../../../shared/api/exchange.ts";
import { client } from "../../api/client.ts";
import { errorMessage } from "../../api/errors.ts";
import { notifyDone } from "../../components/notify.tsx";
import { ZoneSelect } from "../../components/ZoneSelect.tsx";
import { plural } from "../../format/numbers.ts";
import { looksLikeCrontab } from "./looksLikeCrontab.ts";
import classes from "./Settings.module.css";

const actionWords: Record<ImportItem["action"], string> = {
  create: "new",
  update: "changed",
  unchanged: "the same already",
};

/** Takes schedules from a file or pasted text: first what would happen, then the import. */
export function ImportDialog({ zone, onClose }: { zone: string; onClose: () => void }) {
  const [text, setText] = useState("");
  const [timezone, setTimezone] = useState(zone);
  const [report, setReport] = useState<ImportReport | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  const send = async (dryRun: boolean) => {
    setBusy(true);
    setError(null);
    try {
      const made = (await client.exchange.import.mutate({
        text,
        timezone,
        dryRun,
        format: looksLikeCrontab(text) ? "crontab" : "auto",
      })) as ImportReport;
      if (dryRun) setReport(made);
      else {
        notifyDone(`${plural(made.created, "schedule")} added, ${made.updated} changed`);
        onClose();
      }
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const change = (next: string) => {
    setText(next);
    setReport(null);
  };
  const toWrite = report === null ? 0 : report.created + report.updated;
  return (
    <Modal opened onClose={onClose} title="Import schedules" size="xl">
      <Stack gap="md">
        <Group gap="sm" align="flex-end">
          <FileButton
            accept=".json,.yaml,.yml,.txt,.crontab,text/plain,application/json"
            onChange={async (file) => {
              if (file !== null) change(await file.text());
            }}
          >
            {(props) => (
              <Button variant="default" {...props}>
                Choose a file
              </Button>
            )}
          </FileButton>
          <ZoneSelect label="Zone of crontab lines" value={timezone} onChange={setTimezone} w={280} />
        </Group>
        <Textarea
          label="Or paste it here"
          description="An export of Almanac (JSON or YAML), or the lines of a crontab."
          className={classes.paste}
          value={text}
          onChange={(event) => change(event.currentTarget.value)}
          autosize
          minRows={4}
          maxRows={10}
          spellCheck={false}
        />
        {error !== null && (
          <Alert color="red" role="alert">
            {errorMessage(error)}
          </Alert>
        )}
        {report !== null && <Review report={report} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          {report === null ? (
            <Button onClick={() => send(true)} loading={busy} disabled={text.trim() === ""}>
              Look it over
            </Button>
          ) : (
            <Button onClick={() => send(false)} loading={busy} disabled={toWrite === 0}>
              Import {plural(toWrite, "item")}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function Review({ report }: { report: ImportReport }) {
  return (
    <>
      <div className={classes.review}>
        <Table fz="sm" verticalSpacing={4} stickyHeader>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>What happens</Table.Th>
              <Table.Th>Notes</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {report.items.map((item) => (
              <Table.Tr key={`${item.kind} ${item.id}`}>
                <Table.Td>
                  {item.name} {item.kind === "calendar" && <span className="dim">exclusion calendar</span>}
                </Table.Td>
                <Table.Td>
                  {actionWords[item.action]}
                  {item.changes.length > 0 && (
                    <span className="dim">: {item.changes.map((change) => change.field).join(", ")}</span>
                  )}
                </Table.Td>
                <Table.Td>{item.notes.join(" ")}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {report.skipped.length > 0 && (
        <Alert color="yellow" title="Left out">
          <ul className={classes.skipped}>
            {report.skipped.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </Alert>
      )}
    </>
  );
}
