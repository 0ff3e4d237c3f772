import { Alert, Button, Checkbox, Group, Modal, Stack } from "@mantine/core";
import { randomId } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";
import type {
  ImportDecision,
  ImportFileInput,
  ImportFormat,
  ImportReport,
  ImportUndone,
  MailOffer,
} from "../../../shared/api/exchange.ts";
import { client } from "../../api/client.ts";
import { errorMessage, fieldErrors } from "../../api/errors.ts";
import { notifyDone, notifyUndo } from "../../components/page/notify.tsx";
import { Working } from "../../components/page/Working.tsx";
import { plural } from "../../format/numbers.ts";
import classes from "./Import.module.css";
import { undoneWords, writtenWords } from "./importWords.ts";
import { type Decisions, Review } from "./Review.tsx";
import { type Chosen, Sources } from "./Sources.tsx";

const formatNames: Record<ImportFormat, string> = {
  auto: "",
  json: "Almanac's JSON",
  yaml: "Almanac's YAML",
  crontab: "crontab",
  systemd: "systemd",
  launchd: "launchd",
  taskscheduler: "Windows Task Scheduler",
  kubernetes: "Kubernetes",
  github: "GitHub Actions",
};
const askProgress = () => client.exchange.importProgress.query();
const stopImport = () => client.exchange.stopImport.mutate();
const nothing: Chosen = { files: [], text: "" };

/** Takes schedules from files of anybody: first what would happen, then the import. */
export function ImportDialog(props: {
  zone: string;
  onClose: () => void;
  /** Looks at once for what the person has scheduled by other programs, and looks it over. */
  find?: boolean;
  /** Files that were opened or dropped: looked over at once. */
  files?: ImportFileInput[] | undefined;
}) {
  const { zone, onClose } = props;
  const [chosen, setChosen] = useState(props.files === undefined ? nothing : { files: props.files, text: "" });
  const [timezone, setTimezone] = useState(zone);
  const [report, setReport] = useState<ImportReport | null>(null);
  const [decisions, setDecisions] = useState<Decisions>({});
  const [error, setError] = useState<unknown>(null);
  const [editError, setEditError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [mailRules, setMailRules] = useState(false);

  const [notice, setNotice] = useState("");

  const call = (dryRun: boolean, decided: Decisions, { files: given, text }: Chosen = chosen, undoId?: string) => {
    const files: ImportFileInput[] = given.length > 0 ? [...given] : [{ name: "", text }];
    // Looking it over has named what cannot be taken.
    const input = { files, timezone, dryRun, skipInvalid: true, mailRules, decisions: decided, undoId };
    return client.exchange.import.mutate(input) as Promise<ImportReport>;
  };
  const during = async (work: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const look = async (at: Chosen) => {
    const made = await call(true, {}, at);
    setDecisions({});
    setMailRules(false);
    setReport(made.stopped ? null : made);
  };
  const lookOver = () => during(() => look(chosen));
  const findMine = () =>
    during(async () => {
      const { files, looked } = await client.exchange.findMine.mutate();
      const found: Chosen = { files: files as ImportFileInput[], text: "" };
      setChosen(found);
      setNotice(files.length === 0 ? `Nothing was found: ${looked.join("; ")}.` : `Found: ${looked.join("; ")}.`);
      if (files.length > 0) await look(found);
    });
  const atOnce = useRef(props.find === true ? findMine : chosen.files.length > 0 ? lookOver : null);
  useEffect(() => {
    atOnce.current?.();
    atOnce.current = null;
  }, []);
  const importAll = () =>
    during(async () => {
      const undoId = randomId();
      const made = await call(false, decisions, chosen, undoId);
      const said = writtenWords(made);
      if (made.created + made.updated + made.rules === 0) notifyDone(said);
      else
        notifyUndo(said, async () => {
          notifyDone(undoneWords((await client.exchange.undoImport.mutate({ undoId })) as ImportUndone));
        });
      if (made.stopped) setReport(null);
      else onClose();
    });
  /** Looks over one row with what was changed of it; the others, also those that are left out, stay as they are. */
  const edit = async (key: string, decision: ImportDecision): Promise<boolean> => {
    const next = { ...decisions, [key]: { ...decision, skip: false } };
    setEditError(null);
    setBusy(true);
    try {
      const made = await call(true, next);
      const row = made.items.find((item) => item.key === key);
      if (row === undefined) {
        setEditError(made.invalid.at(-1)?.reason ?? "it cannot be taken like this");
        return false;
      }
      setDecisions(next);
      setReport(
        (before) => before && { ...before, items: before.items.map((item) => (item.key === key ? row : item)) },
      );
      return true;
    } catch (caught) {
      setEditError(Object.values(fieldErrors(caught))[0] ?? errorMessage(caught));
      return false;
    } finally {
      setBusy(false);
    }
  };
  const change = (next: Chosen) => {
    setChosen(next);
    setNotice("");
    setReport(null);
    setError(null);
  };
  const textError = fieldErrors(error)["text"];
  const wanted =
    report?.items.filter((item) => item.action !== "unchanged" && decisions[item.key]?.skip !== true) ?? [];
  // Of schedules that are there as they are, rules may still be made.
  const rulesAlone =
    wanted.length === 0 &&
    mailRules &&
    (report?.items.some(({ kind, key }) => kind === "schedule" && decisions[key]?.skip !== true) ?? false);
  const found = (report?.formats ?? []).map((format) => formatNames[format]).join(", ");
  return (
    <Modal opened onClose={onClose} title="Import schedules" size="min(1080px, 94vw)">
      <Stack gap="md">
        {report === null ? (
          <Sources
            chosen={chosen}
            onChange={change}
            onError={setError}
            onFind={findMine}
            notice={notice}
            busy={busy}
            zone={timezone}
            onZone={setTimezone}
            error={textError}
          />
        ) : (
          <>
            <p className={`dim ${classes.summary}`}>
              {plural(report.items.length, "item")} found{found === "" ? "" : ` (${found})`}. What names no zone is in{" "}
              {report.timezone}. Nothing is written yet.
            </p>
            <Review
              report={report}
              decisions={decisions}
              error={editError}
              busy={busy}
              onSkip={(keys, skip) =>
                setDecisions((before) => ({
                  ...before,
                  ...Object.fromEntries(keys.map((key) => [key, { ...before[key], skip }])),
                }))
              }
              onEdit={edit}
            />
            <MailRules offers={report.mail} checked={mailRules} onChange={setMailRules} />
          </>
        )}
        {error !== null && textError === undefined && (
          <Alert color="red" role="alert">
            {errorMessage(error)}
          </Alert>
        )}
        {busy && <Working label="Import" ask={askProgress} onStop={stopImport} />}
        <Group justify="flex-end" gap="sm" className={classes.actions ?? ""}>
          {report !== null && (
            <Button variant="default" onClick={() => setReport(null)} disabled={busy}>
              Back
            </Button>
          )}
          <Button variant="default" onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          {report === null ? (
            <Button onClick={lookOver} loading={busy} disabled={chosen.files.length === 0 && chosen.text.trim() === ""}>
              Look it over
            </Button>
          ) : (
            <Button onClick={importAll} loading={busy} disabled={wanted.length === 0 && !rulesAlone}>
              {rulesAlone ? "Set notification rules" : `Import ${plural(wanted.length, "item")}`}
              {report.invalid.length > 0 && `, leave out ${plural(report.invalid.length, "line")}`}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

/** What a crontab's MAILTO can become: offered where there is an e-mail channel; each row says so otherwise. */
function MailRules(props: { offers: readonly MailOffer[]; checked: boolean; onChange: (checked: boolean) => void }) {
  const offers = props.offers.filter(({ channels }) => channels.length > 0);
  if (offers.length === 0) return null;
  const words = offers
    .slice(0, 5)
    .map(
      ({ mailTo, schedules, channels }) =>
        `${mailTo}: ${plural(schedules, "schedule")}, by the channel ${channels.join(", ")}`,
    );
  if (offers.length > 5) words.push(`and ${offers.length - 5} more`);
  return (
    <Checkbox
      checked={props.checked}
      onChange={(event) => props.onChange(event.currentTarget.checked)}
      label="Tell of failures by mail, in place of MAILTO"
      description={words.join("; ")}
    />
  );
}
