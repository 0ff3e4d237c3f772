import { Alert, Button, Group, Modal, Stack } from "@mantine/core";
import { IconFileZip } from "@tabler/icons-react";
import { useState } from "react";
import type { Diagnostics as Gathered } from "../../../shared/api/diagnostics.ts";
import { client } from "../../api/client.ts";
import { errorMessage } from "../../api/errors.ts";
import { useReturnFocus } from "../../components/page/returnFocus.ts";
import { saveAs } from "../../components/values/saveAs.ts";
import { bytes } from "../../format/numbers.ts";
import classes from "./Diagnostics.module.css";

/** A file for whoever looks into a fault, shown whole before it is saved. */
export function Diagnostics() {
  const [gathered, setGathered] = useState<Gathered | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const gather = async () => {
    setBusy(true);
    setError(null);
    try {
      setGathered(await client.system.diagnostics.query());
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button variant="default" leftSection={<IconFileZip size={14} />} onClick={gather} loading={busy}>
        Gather diagnostics…
      </Button>
      {error !== null && (
        <Alert color="red" role="alert" w="100%">
          {errorMessage(error)}
        </Alert>
      )}
      {gathered !== null && <GatheredDialog gathered={gathered} onClose={() => setGathered(null)} />}
    </>
  );
}

function GatheredDialog({ gathered, onClose }: { gathered: Gathered; onClose: () => void }) {
  const { files, fileName, zip } = gathered;
  const [name, setName] = useState(files[0]?.name ?? "");
  const shown = files.find((file) => file.name === name);
  const save = () => {
    saveAs(
      Uint8Array.from(atob(zip), (character) => character.charCodeAt(0)),
      fileName,
      "application/zip",
    );
    onClose();
  };
  useReturnFocus();
  return (
    <Modal opened onClose={onClose} title="Diagnostics" size="xl">
      <Stack gap="md">
        <p className={classes.text}>
          This is all that the file holds. Secrets, passwords and your home folder are taken out; look it over before
          you hand it on. Almanac sends it nowhere.
        </p>
        <div className={classes.panes}>
          <ul className={classes.names} aria-label="In the file">
            {files.map((file) => (
              <li key={file.name}>
                <button
                  type="button"
                  className={classes.name}
                  aria-current={file.name === name}
                  onClick={() => setName(file.name)}
                >
                  <span>{file.name}</span>
                  <span className="dim">{bytes(new TextEncoder().encode(file.text).length)}</span>
                </button>
              </li>
            ))}
          </ul>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <section className={classes.content} tabIndex={0} aria-label={name}>
            <pre>{shown?.text}</pre>
          </section>
        </div>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} data-autofocus>
            Close
          </Button>
          <Button onClick={save}>Save…</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
