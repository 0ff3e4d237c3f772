import { ActionIcon, Alert, Button, Checkbox, Table, Tooltip } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { Fragment, useState } from "react";
import type { ImportDecision, ImportItem, ImportReport } from "../../../shared/api/exchange.ts";
import { count, plural } from "../../format/numbers.ts";
import { exactInZones, shortTimeThere, type TimeFormat } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./Import.module.css";
import { RowEditor } from "./RowEditor.tsx";

const actionWords: Record<ImportItem["action"], string> = {
  create: "New",
  update: "Changed",
  unchanged: "The same already",
};

/** Of long lists so many are shown at first. */
const PAGE = 100;

export type Decisions = Readonly<Record<string, ImportDecision>>;

/** What an import would do, a row a schedule: leave out, rename and edit before anything is written. */
export function Review(props: {
  report: ImportReport;
  decisions: Decisions;
  /** Of the row that is edited. */
  error: string | null;
  busy: boolean;
  onSkip: (keys: readonly string[], skip: boolean) => void;
  /** Resolves with whether it was taken. */
  onEdit: (key: string, decision: ImportDecision) => Promise<boolean>;
}) {
  const { report, decisions } = props;
  const [shown, setShown] = useState(PAGE);
  const [editing, setEditing] = useState<string | null>(null);
  const time = useTimeFormat();
  const { items } = report;
  const isSkipped = (item: ImportItem): boolean => decisions[item.key]?.skip === true;
  const schedules = items.filter((item) => item.kind === "schedule");
  const skipped = schedules.filter(isSkipped).length;
  const common = commonNotes(items);
  // Without a note of any of them its column is room for the others.
  const hasNotes = items.some(({ notes }) => notes.some((note) => !common.has(note)));
  return (
    <>
      {items.length === 0 ? (
        <Alert color="gray" title="There is nothing to import">
          {report.invalid.length > 0 ? "None of it can be taken." : "No schedule was found in it."}
        </Alert>
      ) : (
        <>
          {common.size > 0 && (
            <Alert color="gray" title="For all of them">
              <ul className={classes.notes}>
                {[...common].map((note) => (
                  <li key={note}>{note}</li>
                ))}
              </ul>
            </Alert>
          )}
          <div className={classes.review}>
            <Table fz="sm" verticalSpacing={4} stickyHeader aria-label="What is imported">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th w={36}>
                    <Checkbox
                      aria-label="All of them"
                      checked={skipped === 0}
                      indeterminate={skipped > 0 && skipped < schedules.length}
                      onChange={(event) =>
                        props.onSkip(
                          schedules.map((item) => item.key),
                          !event.currentTarget.checked,
                        )
                      }
                    />
                  </Table.Th>
                  <Table.Th w="26%">Name</Table.Th>
                  <Table.Th>When</Table.Th>
                  <Table.Th w={180}>Next three</Table.Th>
                  {hasNotes && <Table.Th w="28%">Notes</Table.Th>}
                  <Table.Th w={44} aria-label="Edit" />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.slice(0, shown).map((item) => (
                  <Fragment key={`${item.kind} ${item.key}`}>
                    <Row
                      item={item}
                      notes={hasNotes ? item.notes.filter((note) => !common.has(note)) : null}
                      skipped={isSkipped(item)}
                      time={time}
                      onSkip={(skip) => props.onSkip([item.key], skip)}
                      onEdit={() => setEditing(editing === item.key ? null : item.key)}
                    />
                    {editing === item.key && (
                      <Table.Tr>
                        <Table.Td colSpan={hasNotes ? 6 : 5}>
                          <RowEditor
                            item={item}
                            decision={decisions[item.key] ?? {}}
                            error={props.error}
                            busy={props.busy}
                            onApply={async (decision) => {
                              if (await props.onEdit(item.key, decision)) setEditing(null);
                            }}
                            onClose={() => setEditing(null)}
                          />
                        </Table.Td>
                      </Table.Tr>
                    )}
                  </Fragment>
                ))}
              </Table.Tbody>
            </Table>
            {items.length > shown && (
              <Button variant="subtle" fullWidth onClick={() => setShown(shown + PAGE)}>
                Show more ({count(items.length - shown)})
              </Button>
            )}
          </div>
        </>
      )}
      {report.invalid.length > 0 && (
        <Alert color="red" title={`${plural(report.invalid.length, "line")} cannot be taken`}>
          <ul className={classes.list}>
            {report.invalid.slice(0, shown).map(({ file, line, text, reason }) => (
              <li key={`${file} ${line} ${text}`}>
                {placeText(file, line)}: <code>{text}</code>: {reason}
              </li>
            ))}
          </ul>
          {report.invalid.length > shown && <p className="dim">and {count(report.invalid.length - shown)} more</p>}
        </Alert>
      )}
      {report.skipped.length > 0 && (
        <Alert color="yellow" title="Left out">
          <ul className={classes.list}>
            {report.skipped.slice(0, shown).map((what) => (
              <li key={what}>{what}</li>
            ))}
          </ul>
        </Alert>
      )}
    </>
  );
}

/** What is to be said of every schedule is said once. */
function commonNotes(items: readonly ImportItem[]): ReadonlySet<string> {
  const [first, ...others] = items.filter((item) => item.kind === "schedule");
  if (first === undefined || others.length === 0) return new Set();
  return new Set(first.notes.filter((note) => others.every((item) => item.notes.includes(note))));
}

function placeText(file: string, line: number): string {
  const name = file.split(/[\\/]/).at(-1) ?? "";
  if (line === 0) return name || "This";
  return name === "" ? `Line ${line}` : `${name}, line ${line}`;
}

function commandText(item: ImportItem): string {
  const { command, program, args } = (item.schedule?.input ?? {}) as Record<string, unknown>;
  if (typeof command === "string") return command;
  return typeof program === "string" ? [program, ...(Array.isArray(args) ? args : [])].join(" ") : "";
}

function Row(props: {
  item: ImportItem;
  /** Those of its notes that are not said of all; null where no row has any. */
  notes: readonly string[] | null;
  skipped: boolean;
  time: TimeFormat;
  onSkip: (skip: boolean) => void;
  onEdit: () => void;
}) {
  const { item, time } = props;
  const { schedule } = item;
  const command = commandText(item);
  const now = Date.now();
  return (
    <Table.Tr data-skipped={props.skipped || undefined}>
      <Table.Td>
        {schedule !== null && (
          <Checkbox
            aria-label={`Import ${item.name}`}
            checked={!props.skipped}
            onChange={(event) => props.onSkip(!event.currentTarget.checked)}
          />
        )}
      </Table.Td>
      <Table.Td>
        <div className={classes.name} data-tip={item.name}>
          {item.name} {schedule === null && <span className="dim">exclusion calendar</span>}
        </div>
        <div className="dim">
          {actionWords[item.action]}
          {item.changes.length > 0 && `: ${item.changes.map((change) => change.field).join(", ")}`}
          {item.id !== item.name && schedule !== null && ` · ${item.id}`}
        </div>
        {command !== "" && command !== item.name && <div className={classes.command}>{command}</div>}
      </Table.Td>
      <Table.Td>
        {schedule !== null && (
          <>
            <div>{schedule.words}</div>
            <div className="dim">{schedule.timezone}</div>
          </>
        )}
      </Table.Td>
      <Table.Td className={classes.next ?? ""}>
        {schedule !== null && schedule.next.length === 0 && schedule.spec.on !== undefined && (
          <span className="dim">on event</span>
        )}
        {schedule?.next.map((at) => (
          <Tooltip key={at} label={exactInZones(Date.parse(at), schedule.timezone, time)} style={{ whiteSpace: "pre" }}>
            <div>{shortTimeThere(Date.parse(at), now, schedule.timezone, time)}</div>
          </Tooltip>
        ))}
      </Table.Td>
      {props.notes !== null && (
        <Table.Td>
          {props.notes.length > 0 && (
            <ul className={classes.notes}>
              {props.notes.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          )}
        </Table.Td>
      )}
      <Table.Td>
        {schedule !== null && (
          <ActionIcon variant="subtle" aria-label={`Edit ${item.name}`} onClick={props.onEdit}>
            <IconPencil size={16} aria-hidden="true" />
          </ActionIcon>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
