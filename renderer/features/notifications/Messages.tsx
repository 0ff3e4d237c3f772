import { Button, Group, SegmentedControl } from "@mantine/core";
import { IconBell } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { desktopAnswers } from "../../../shared/domain/notifications.ts";
import { client, trpc } from "../../api/client.ts";
import { EmptyState } from "../../components/page/EmptyState.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import classes from "./Notifications.module.css";
import type { DeliveryRow } from "./words.ts";

const pageSize = 50;
const shown = [
  { value: "all", label: "All" },
  { value: "failed", label: "Failed" },
  { value: "pending", label: "On their way" },
  { value: "sent", label: "Sent" },
] as const;
type Shown = (typeof shown)[number]["value"];

/** What was told, newest first: a page of it, all or in one state. */
export function Messages() {
  const [which, setWhich] = useState<Shown>("all");
  /** Where the older pages that were gone to begin; none on the first. */
  const [before, setBefore] = useState<readonly number[]>([]);
  const status = which === "all" ? undefined : which;
  const query = useQuery({
    // One more than is shown says whether there is an older page.
    ...trpc.notifications.deliveries.queryOptions({ limit: pageSize + 1, status, before: before.at(-1) }),
    placeholderData: keepPreviousData,
  });
  if (query.error !== null)
    return <ErrorState error={query.error} title="The messages could not be read" onRetry={() => query.refetch()} />;
  if (query.data === undefined) return <LoadingRows />;
  const rows = query.data.slice(0, pageSize);
  const older = query.data.length > pageSize ? rows.at(-1)?.deliveryId : undefined;
  const none = before.length > 0 ? "There are no older ones." : which === "all" ? null : "There is none.";
  return (
    <>
      <SegmentedControl
        data={[...shown]}
        value={which}
        onChange={(value) => {
          setWhich(value);
          setBefore([]);
        }}
        aria-label="Which messages"
        style={{ alignSelf: "start" }}
      />
      <Deliveries deliveries={rows} none={none} />
      {(older !== undefined || before.length > 0) && (
        <Group gap={8}>
          <Button variant="default" disabled={before.length === 0} onClick={() => setBefore(before.slice(0, -1))}>
            Newer
          </Button>
          <Button
            variant="default"
            disabled={older === undefined}
            onClick={() => older !== undefined && setBefore([...before, older])}
          >
            Older
          </Button>
        </Group>
      )}
    </>
  );
}

const statusWords = { pending: "on its way", sent: "sent", failed: "failed" } as const;

/** What is only left for a program to show was not sent to anybody yet. */
const stateOf = ({ status, answer }: DeliveryRow): string =>
  status !== "sent"
    ? statusWords[status]
    : answer === desktopAnswers.left
      ? "left for the desktop program"
      : answer === desktopAnswers.shown
        ? "shown"
        : statusWords.sent;

function Deliveries({ deliveries, none }: { deliveries: readonly DeliveryRow[]; none: string | null }) {
  if (deliveries.length === 0 && none !== null) return <p className="dim">{none}</p>;
  if (deliveries.length === 0) {
    return (
      <EmptyState
        icon={<IconBell size={28} stroke={1.4} />}
        title="Nothing was told yet"
        action={
          <Link to="/" className="link">
            See the schedules
          </Link>
        }
      >
        Messages appear here with the rule they came from and what became of them.
      </EmptyState>
    );
  }
  return (
    <ul className={classes.rows}>
      {deliveries.map((delivery) => (
        <li key={delivery.deliveryId}>
          <div className={classes.message}>
            <Link to={delivery.message.path === "/schedules" ? "/" : delivery.message.path} className="link ellipsis">
              {delivery.message.title}
            </Link>
            <span className="dim">
              {delivery.channel} by {delivery.message.rule}
            </span>
            <span className={delivery.status === "failed" ? classes.failed : "dim"}>
              {stateOf(delivery)} <TimeText at={delivery.triedAt ?? delivery.createdAt} />
            </span>
          </div>
          {delivery.status !== "sent" && (
            <div className={classes.answer}>
              <span className={classes.failed}>{delivery.answer ?? "not tried yet"}</span>
              {delivery.status === "failed" && (
                <Button
                  variant="subtle"
                  size="compact-xs"
                  onClick={() => client.notifications.retry.mutate({ deliveryId: delivery.deliveryId })}
                >
                  Send again
                </Button>
              )}
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}
