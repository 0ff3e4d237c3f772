import { Button, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconPlugConnectedX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { answers, UnreachableError } from "../../api/code.ts";
import { useConnection } from "../../api/connection.ts";
import { appError, errorMessage } from "../../api/errors.ts";
import { EmptyState } from "./EmptyState.tsx";

/** Where something could not be read: what went wrong, and a way to try again. */
export function ErrorState(props: {
  error: unknown;
  /** What was being done, as in "The runs could not be read". */
  title?: string;
  onRetry?: () => void;
  /** Stands for a whole page, which has no other heading. */
  page?: boolean;
}) {
  if (appError(props.error)?.code === "NOT_FOUND") return <NothingThere error={props.error} page={props.page} />;
  if (props.error instanceof UnreachableError) return <NothingAnswers error={props.error} />;
  return (
    <div className="notice" role="alert">
      <IconAlertTriangle size={28} stroke={1.5} color="var(--outcome-failed)" aria-hidden="true" />
      <Title order={props.page ? 1 : 2}>{props.title ?? "This page could not be read"}</Title>
      <Text c="dimmed" maw={560} style={{ overflowWrap: "anywhere" }}>
        {errorMessage(props.error)}
      </Text>
      {props.onRetry !== undefined && (
        <Button variant="default" onClick={props.onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** A page's code is missing: all of the page is loaded anew, and only once something answers, or the browser's own error would stand in its place. */
function NothingAnswers({ error: { message, answered } }: { error: UnreachableError }) {
  const connection = useConnection();
  const [wasOpen] = useState(connection === "open");
  const [trying, setTrying] = useState(false);
  const [tried, setTried] = useState(false);
  useEffect(() => {
    if (connection === "open" && !wasOpen) window.location.reload();
  }, [connection, wasOpen]);
  const tryAgain = async () => {
    setTrying(true);
    if (await answers()) {
      window.location.reload();
      return;
    }
    setTrying(false);
    setTried(true);
  };
  return (
    <div className="notice" role="alert">
      <IconPlugConnectedX size={28} stroke={1.5} aria-hidden="true" />
      <Title order={1}>{answered ? "This page did not come" : "No connection to Almanac"}</Title>
      <Text c="dimmed" maw={560}>
        {message} {!answered && "Start it again, and this page opens."}
      </Text>
      {tried && <Text c="dimmed">There is still no answer.</Text>}
      <Button variant="default" onClick={tryAgain} loading={trying}>
        Try again
      </Button>
    </div>
  );
}

const lists = [
  { word: "schedule", href: "/", label: "All schedules" },
  { word: "run", href: "/runs", label: "All runs" },
  { word: "backfill", href: "/backfills", label: "All backfills" },
] as const;

/** Trying again does not bring back what is gone: where to go instead. */
function NothingThere({ error, page }: { error: unknown; page: boolean | undefined }) {
  const message = errorMessage(error);
  const list = lists.find(({ word }) => message.includes(`no ${word} `)) ?? lists[0];
  return (
    <EmptyState
      title={message.charAt(0).toUpperCase() + message.slice(1)}
      page={page}
      action={
        <a href={list.href} className="link">
          {list.label}
        </a>
      }
    >
      It may have been removed, or its address is not quite right.
    </EmptyState>
  );
}
