import { Alert, Button, Group } from "@mantine/core";
import { IconStethoscope } from "@tabler/icons-react";
import { useState } from "react";
import type { DoctorReport, SystemStatus } from "../../../shared/api/system.ts";
import { client } from "../../api/client.ts";
import { errorMessage } from "../../api/errors.ts";
import { OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { Fact, Facts } from "../../components/page/Facts.tsx";
import { notifyDone, notifyError } from "../../components/page/notify.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import { bytes, count, plural } from "../../format/numbers.ts";
import { Diagnostics } from "./Diagnostics.tsx";
import classes from "./Settings.module.css";

/** Version, data folder, and the check of both. */
export function About({ status }: { status: SystemStatus }) {
  const [report, setReport] = useState<DoctorReport | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const check = async () => {
    setBusy(true);
    setError(null);
    try {
      setReport((await client.system.doctor.query()) as DoctorReport);
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const recount = async () => {
    try {
      const recounted = await client.system.recount.mutate();
      notifyDone(
        recounted.length === 0
          ? "All counters were right"
          : `Counters of ${plural(recounted.length, "schedule")} put right`,
      );
      await check();
    } catch (caught) {
      notifyError(caught);
    }
  };
  return (
    <>
      <Facts>
        <Fact label="Version">Almanac {status.version}</Fact>
        <Fact label="Data folder">
          <code className="mono">{status.dataDir}</code>
        </Fact>
        <Fact label="Running since">
          <TimeText at={status.startedAt} />
        </Fact>
        <Fact label="This machine's zone">{status.zone}</Fact>
      </Facts>
      <Group gap="sm">
        <Button variant="default" leftSection={<IconStethoscope size={14} />} onClick={check} loading={busy}>
          Check the data folder
        </Button>
        <Diagnostics />
      </Group>
      {error !== null && (
        <Alert color="red" role="alert">
          {errorMessage(error)}
        </Alert>
      )}
      {report !== null && <Report report={report} onRecount={recount} />}
    </>
  );
}

function Report({ report, onRecount }: { report: DoctorReport; onRecount: () => void }) {
  const { database } = report;
  const well = report.problems.length === 0 && report.countersOff.length === 0;
  return (
    <section className={classes.report} aria-label="Result of the check" role="status">
      {well ? (
        <Group gap="sm">
          <OutcomeIcon outcome="completed" /> <strong>All is well</strong>
        </Group>
      ) : (
        <ul className={classes.skipped}>
          {report.problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
      {report.countersOff.length > 0 && (
        <Group gap="sm">
          Counters of {plural(report.countersOff.length, "schedule")} differ from their runs.
          <Button size="compact-xs" variant="default" onClick={onRecount}>
            Count again
          </Button>
        </Group>
      )}
      <Facts>
        <Fact label="Database">
          {bytes(database.bytes)}, version {database.schemaVersion}, {database.integrity.join(", ")}
        </Fact>
        <Fact label="Holds">
          {plural(database.schedules, "schedule")}, {count(database.runs)} runs
        </Fact>
        {Object.entries(report.versions).map(([name, version]) => (
          <Fact key={name} label={name}>
            {version}
          </Fact>
        ))}
      </Facts>
    </section>
  );
}
