import { Alert, Text } from "@mantine/core";
import { IconAlertTriangle, IconHourglass, IconPlugConnectedX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { LongWait } from "../../shared/domain/waiting.ts";
import { trpc } from "../api/client.ts";
import { useConnection, useLostAt } from "../api/connection.ts";
import { count as countText } from "../format/numbers.ts";
import { clockTime, shortDate } from "../format/time.ts";
import { useTimeFormat } from "../format/useTimeFormat.ts";

/** What stops everything from being well, above every page: connection lost, firing stopped, runtime degraded. */
export function Banners() {
  const connection = useConnection();
  const lost = useLasting(connection === "lost", 1500);
  const { data: status } = useQuery(trpc.system.status.queryOptions());
  const ending = useLasting(status?.role === "stopped", 1000);
  if (lost) return <LostBanner />;
  const problem = status?.problem ?? null;
  const runtimeMessage = status?.runtime?.message;
  const waiting = status?.waiting ?? null;
  if (ending) return <EndingBanner running={status?.running ?? 0} />;
  if (problem === null && typeof runtimeMessage !== "string") {
    return waiting === null ? null : <LongWaitBanner waiting={waiting} />;
  }
  return (
    <Alert color={problem ? "red" : "yellow"} radius={0} icon={<IconAlertTriangle size={16} />} role="alert" py={8}>
      <Text span>{problem ? firingProblem(problem.message) : (runtimeMessage as string)}</Text>
    </Alert>
  );
}

function LostBanner() {
  const format = useTimeFormat();
  const lostAt = useLostAt();
  const since =
    lostAt === null
      ? ""
      : ` What you see is as it was at ${clockTime(lostAt - (lostAt % 60_000), format)} on ${shortDate(lostAt, lostAt, format)}, its clocks stand still, and nothing can be changed.`;
  return (
    <Alert color="yellow" radius={0} icon={<IconPlugConnectedX size={16} />} role="status" py={8}>
      <Text span>
        No connection to Almanac's engine.{since} The page reconnects by itself; if Almanac was started anew, it may ask
        this browser to sign in again.
      </Text>
    </Alert>
  );
}

/** Some problems begin with what they come to, others do not. */
const firingProblem = (message: string): string =>
  message.startsWith("Nothing fires") ? message : `Nothing fires: ${message}`;

/** The program waits for its last runs, and then ends. */
function EndingBanner({ running }: { running: number }) {
  if (running === 0) {
    return (
      <Alert color="yellow" radius={0} icon={<IconHourglass size={16} />} role="status" py={8}>
        <Text span>Nothing new starts: Almanac is ending.</Text>
      </Alert>
    );
  }
  return (
    <Alert color="yellow" radius={0} icon={<IconHourglass size={16} />} role="status" py={8}>
      <Text span>
        Nothing new starts: Almanac ends once{" "}
        <Link to="/runs" search={{ status: "running" }} className="link">
          {running === 1 ? "the run that goes on" : `the ${countText(running)} runs that go on`}
        </Link>{" "}
        {running === 1 ? "has" : "have"} ended.
      </Text>
    </Alert>
  );
}

/** Runs that wait for room for long, and the way out. */
function LongWaitBanner({ waiting }: { waiting: LongWait }) {
  const { count, runsAtOnce, runId } = waiting;
  return (
    <Alert color="yellow" radius={0} icon={<IconHourglass size={16} />} role="status" py={8}>
      <Text span>
        <Link to="/runs/$id" params={{ id: runId }} className="link">
          {count === 1 ? "A run has" : `${countText(count)} runs have`}
        </Link>{" "}
        waited for room for over a minute.{" "}
        <Link to="/settings" hash="runsAtOnce" className="link">
          Runs at once
        </Link>{" "}
        is {countText(runsAtOnce)}: raise it to start more.
      </Text>
    </Alert>
  );
}

/** True once `value` has been true for `ms`: short interruptions are not worth a banner. */
function useLasting(value: boolean, ms: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!value) {
      setLasting(false);
      return;
    }
    const timer = setTimeout(() => setLasting(true), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return lasting;
}
