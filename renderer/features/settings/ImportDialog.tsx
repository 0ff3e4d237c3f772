import { Alert, Button, FileButton, Group, Modal, Progress, Stack, Table, Textarea } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import {
  type ImportItem,
  type ImportProgress,
  type ImportReport,
  MAX_IMPORT_BYTES,
} from "../../../shared/api/exchange.ts";
import { client } from "../../api/client.ts";
import { errorMessage, fieldErrors } from "../../api/errors.ts";
import { ZoneSelect } from "../../components/form/ZoneSelect.tsx";
import { notifyDone } from "../../components/page/notify.tsx";
import { count, plural } from "../../format/numbers.ts";
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

  // The same file may be chosen again, put right meanwhile.
  const forgetFile = useRef<() => void>(null);

  const send = async (dryRun: boolean) => {
    setBusy(true);
    setError(null);
    try {
      const made = (await client.exchange.import.mutate({
        text,
        timezone,
        dryRun,
        // Looking it over has named them.
        skipInvalid: true,
        format: looksLikeCrontab(text) ? "crontab" : "auto",
      })) as ImportReport;
      const written = `${plural(made.created, "schedule")} added, ${made.updated} changed`;
      if (made.stopped) {
        setReport(null);
        if (!dryRun) notifyDone(`Stopped: ${written}`);
      } else if (dryRun) setReport(made);
      else {
        notifyDone(written);
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
    setError(null);
  };
  const textError = fieldErrors(error)["text"];
  const toWrite = report === null ? 0 : report.created + report.updated;
  return (
    <Modal opened onClose={onClose} title="Import schedules" size="xl">
      <Stack gap="md">
        <Group gap="sm" align="flex-end">
          <FileButton
            accept=".json,.yaml,.yml,.txt,.crontab,text/plain,application/json"
            resetRef={forgetFile}
            onChange={async (file) => {
              if (file === null) return;
              forgetFile.current?.();
              // Read whole, a huge one would take the page's memory before anything could refuse it.
              if (file.size > MAX_IMPORT_BYTES) {
                change("");
                setError(new Error(`${file.name} is too large: at most ${MAX_IMPORT_BYTES / 1_000_000} MB are taken`));
              } else change(await file.text());
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
          // As high as its text it would be measured with every change, which takes seconds for a large file.
          rows={6}
          spellCheck={false}
          error={textError}
        />
        {error !== null && textError === undefined && (
          <Alert color="red" role="alert">
            {errorMessage(error)}
          </Alert>
        )}
        {busy && <Working />}
        {report !== null && <Review report={report} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          {report === null ? (
            <Button onClick={() => send(true)} loading={busy} disabled={text.trim() === ""}>
              Look it over
            </Button>
          ) : (
            <Button onClick={() => send(false)} loading={busy} disabled={toWrite === 0}>
              Import {plural(toWrite, "item")}
              {report.invalid.length > 0 && ` without ${plural(report.invalid.length, "line")}`}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

/** How far the import is, once it takes longer than a moment. */
function Working() {
  const [progress, setProgress] = useState<ImportProgress | null>(null);
  const [stopping, setStopping] = useState(false);
  useEffect(() => {
    const timer = setInterval(async () => {
      // What it says is only for show: the import itself tells how it ended.
      setProgress(await client.exchange.importProgress.query().catch(() => null));
    }, 700);
    return () => clearInterval(timer);
  }, []);
  if (progress === null) return null;
  const stop = async () => {
    setStopping(true);
    // What was being sent tells of the end, or of why there is none.
    await client.exchange.stopImport.mutate().catch(() => setStopping(false));
  };
  const share = progress.total === 0 ? 0 : (100 * progress.done) / progress.total;
  return (
    <div className={classes.working}>
      <div role="status">
        <Progress value={share} aria-label="Import" />
        <p className="dim">
          {progress.total === 0 ? "Reading…" : `${count(progress.done)} of ${count(progress.total)} steps`}
        </p>
      </div>
      <Button variant="default" onClick={stop} loading={stopping}>
        Stop
      </Button>
    </div>
  );
}

/** Of long lists so many are shown. */
const MAX_SHOWN = 200;

function Further({ of }: { of: readonly unknown[] }) {
  return of.length > MAX_SHOWN ? <p className="dim">and {count(of.length - MAX_SHOWN)} more</p> : null;
}

function Review({ report }: { report: ImportReport }) {
  return (
    <>
      <div className={classes.review}>
        <Table fz="sm" verticalSpacing={4} stickyHeader layout="fixed">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>What happens</Table.Th>
              <Table.Th>Notes</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {report.items.slice(0, MAX_SHOWN).map((item) => (
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
        <Further of={report.items} />
      </div>
      {report.invalid.length > 0 && (
        <Alert color="red" title={`${plural(report.invalid.length, "line")} cannot be taken`}>
          <ul className={classes.skipped}>
            {report.invalid.slice(0, MAX_SHOWN).map(({ line, text, reason }) => (
              <li key={line}>
                line {line}: <code>{text}</code> {reason}
              </li>
            ))}
          </ul>
          <Further of={report.invalid} />
        </Alert>
      )}
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
