import { Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import { memo, useRef, useState } from "react";
import type { IntervalEntry } from "../../../../../shared/schedule/types.ts";
import {
  describeCron,
  describeEntry,
  describeEvent,
  describeSpec,
  type NameOfSchedule,
} from "../../../../../shared/schedule/words/describe.ts";
import { useScheduleNames } from "../../../schedules/useScheduleNames.ts";
import { type Conversion, convertCard } from "../../model/convert.ts";
import type { Card, CardKind, NewCard } from "../../model/draft.ts";
import { type EditorIssue, messageAt, useEditorContext } from "../../state/editorContext.ts";
import { CronCard } from "../cron/CronCard.tsx";
import { EventCard } from "../EventCard.tsx";
import { IntervalCard } from "../IntervalCard.tsx";
import { OnceCard } from "../OnceCard.tsx";
import { CardShell } from "../parts/CardShell.tsx";
import { CalendarCard } from "./CalendarCard.tsx";

/** A card of any kind in words; empty while it is refused. */
function sentenceOf(card: Card, nameOf: NameOfSchedule): string {
  try {
    if (card.kind === "calendar") return describeEntry(card.value);
    if (card.kind === "cron") return describeCron(card.value);
    if (card.kind === "on")
      return "after" in card.value && card.value.after.scheduleId === "" ? "" : describeEvent(card.value, nameOf);
    if (card.kind === "at") return describeSpec({ at: card.value }, { zone: false });
    return describeSpec({ interval: card.value }, { zone: false });
  } catch {
    return "";
  }
}

/** One entry of *when*: its frame and the controls of its kind. */
export const EntryCard = memo(function EntryCard(props: {
  card: Card;
  number: number;
  issues: readonly EditorIssue[];
}) {
  const { card, number, issues } = props;
  const { edit, announce, zone, dst, anchorAt } = useEditorContext();
  const { nameOf } = useScheduleNames();
  const [conversion, setConversion] = useState<{ kind: CardKind; result: Conversion } | null>(null);

  const replace = (cards: readonly NewCard[], key?: string) => {
    edit({ type: "replaceCard", id: card.id, cards }, key && `${card.id}:${key}`);
    if (cards.length > 1 && key === undefined) {
      announce(`Split into ${cards.length} entries, because one pairs each of its weeks with each of its weekdays.`);
    }
  };
  const become = (kind: CardKind, cards: readonly NewCard[]) => {
    edit({ type: "replaceCard", id: card.id, cards });
    announce(`Entry ${number} is now ${kindWords[kind]}${cards.length > 1 ? `, in ${cards.length} entries` : ""}`);
  };
  const convert = (kind: CardKind) => {
    const result = convertCard(card, kind, { zone, dst }, anchorAt);
    if (result.lost.length > 0) setConversion({ kind, result });
    else become(kind, result.cards);
  };

  return (
    <CardShell
      number={number}
      kind={card.kind}
      sentence={sentenceOf(card, nameOf)}
      error={card.kind === "calendar" ? messageAt(issues, "", "comment") : undefined}
      onConvert={convert}
      onDuplicate={() => {
        edit({ type: "duplicateCard", id: card.id });
        announce(`Entry ${number} duplicated`);
      }}
      onRemove={() => {
        edit({ type: "removeCard", id: card.id });
        announce(`Entry ${number} removed. Undo brings it back.`);
      }}
    >
      {card.kind === "calendar" && (
        <CalendarCard
          entry={card.value}
          issues={issues}
          onChange={(entries, key) =>
            replace(
              entries.map((value) => ({ kind: "calendar", value })),
              key,
            )
          }
        />
      )}
      {card.kind === "cron" && (
        <CronCard
          value={card.value}
          issues={issues}
          onChange={(value, key) => replace([{ kind: "cron", value }], key)}
        />
      )}
      {card.kind === "interval" && (
        <IntervalCard
          value={card.value}
          issues={issues}
          onChange={(value, key) => replace([{ kind: "interval", value }], key)}
        />
      )}
      {card.kind === "at" && (
        <OnceCard value={card.value} issues={issues} onChange={(value, key) => replace([{ kind: "at", value }], key)} />
      )}
      {card.kind === "on" && (
        <EventCard
          value={card.value}
          issues={issues}
          onChange={(value, key) => replace([{ kind: "on", value }], key)}
        />
      )}
      <ConvertDialog
        conversion={conversion}
        onClose={() => setConversion(null)}
        onConvert={({ kind, result }) => {
          become(kind, result.cards);
          setConversion(null);
        }}
      />
    </CardShell>
  );
});

const kindWords: Record<CardKind, string> = {
  calendar: "a calendar entry",
  cron: "cron",
  interval: "an interval",
  at: "once",
  on: "on an event",
};

/** Names what another form cannot say before anything is lost. */
function ConvertDialog(props: {
  conversion: { kind: CardKind; result: Conversion } | null;
  onClose: () => void;
  onConvert: (conversion: { kind: CardKind; result: Conversion }) => void;
}) {
  // While it closes it still says what it said.
  const last = useRef(props.conversion);
  if (props.conversion !== null) last.current = props.conversion;
  const conversion = last.current;
  const kept = conversion?.result.cards ?? [];
  return (
    <Modal
      opened={props.conversion !== null}
      onClose={props.onClose}
      title={conversion === null ? "" : `As ${kindWords[conversion.kind]}`}
    >
      <Stack gap="sm">
        <Text>
          {kept.length === 0
            ? "This entry cannot be said that way:"
            : "Not all of it can be said that way. Lost would be:"}
        </Text>
        <List size="sm">
          {conversion?.result.lost.map((line) => (
            <List.Item key={line}>{line}</List.Item>
          ))}
        </List>
        {kept.length > 0 && (
          <Text>
            Kept: <span className="mono">{kept.map((card) => textOf(card)).join("  ·  ")}</span>
          </Text>
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={props.onClose} data-autofocus>
            Keep it as it is
          </Button>
          {kept.length > 0 && conversion !== null && (
            <Button onClick={() => props.onConvert(conversion)}>Convert all the same</Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

const textOf = (card: NewCard): string =>
  typeof card.value === "string"
    ? card.value
    : card.kind === "calendar"
      ? describeEntry(card.value)
      : card.kind === "on"
        ? describeEvent(card.value)
        : card.kind === "at"
          ? card.value.join(", ")
          : (card.value as IntervalEntry).every;
