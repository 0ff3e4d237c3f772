import { Button, FileButton, Pill, Textarea } from "@mantine/core";
import { useRef } from "react";
import type { ImportFileInput } from "../../../shared/api/exchange.ts";
import { ZoneSelect } from "../../components/form/ZoneSelect.tsx";
import { plural } from "../../format/numbers.ts";
import classes from "./Import.module.css";
import { readFiles } from "./readFile.ts";

/** What is to be imported: files, what was found on this machine, or pasted text. */
export interface Chosen {
  files: readonly ImportFileInput[];
  text: string;
}

/** Chooses what is imported, and the zone of what names none. */
export function Sources(props: {
  chosen: Chosen;
  onChange: (chosen: Chosen) => void;
  onError: (error: unknown) => void;
  /** Looks for what the person has scheduled by other programs. */
  onFind: () => void;
  /** What was found, in words; empty before. */
  notice: string;
  busy: boolean;
  zone: string;
  onZone: (zone: string) => void;
  error?: string | undefined;
}) {
  const { chosen, onChange } = props;
  // The same file may be chosen again, put right meanwhile.
  const forgetFile = useRef<() => void>(null);

  const choose = async (files: File[]) => {
    forgetFile.current?.();
    if (files.length === 0) return;
    try {
      onChange({ files: await readFiles(files), text: "" });
    } catch (error) {
      onChange({ files: [], text: "" });
      props.onError(error);
    }
  };
  return (
    <>
      <div className={classes.sources}>
        <FileButton multiple resetRef={forgetFile} onChange={choose}>
          {(button) => (
            <Button variant="default" {...button}>
              Choose files
            </Button>
          )}
        </FileButton>
        <Button variant="default" onClick={props.onFind} loading={props.busy}>
          Find my crontab and timers
        </Button>
        <ZoneSelect label="Zone where none is named" value={props.zone} onChange={props.onZone} w={280} />
      </div>
      {props.notice !== "" && <p className="dim">{props.notice}</p>}
      {chosen.files.length > 0 ? (
        <div className={classes.files}>
          {chosen.files.slice(0, 12).map((file) => (
            <Pill key={file.name} maw={280}>
              {file.name.split(/[\\/]/).at(-1) || "a file"}
            </Pill>
          ))}
          {chosen.files.length > 12 && <span className="dim">and {plural(chosen.files.length - 12, "file")} more</span>}
          <Button variant="subtle" size="compact-xs" onClick={() => onChange({ files: [], text: "" })}>
            Paste text instead
          </Button>
        </div>
      ) : (
        <Textarea
          label="Or paste it here"
          description="A crontab, a property list, a task of Windows, a CronJob, or an export of Almanac. Almanac finds out which."
          className={classes.paste}
          value={chosen.text}
          onChange={(event) => onChange({ files: [], text: event.currentTarget.value })}
          // As high as its text it would be measured with every change, which takes seconds for a large file.
          rows={6}
          data-autofocus
          spellCheck={false}
          error={props.error}
        />
      )}
      {chosen.files.length > 0 && props.error !== undefined && <p role="alert">{props.error}</p>}
    </>
  );
}
