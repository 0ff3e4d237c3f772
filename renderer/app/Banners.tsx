import { Alert, Text } from "@mantine/core";
import { IconAlertTriangle, IconHourglass, IconPlugConnectedX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { LongWait } from "../../shared/domain/waiting.ts";
import { trpc } from "../api/client.ts";
import { useConnection } from "../api/connection.ts";
import { count as countText } from "../format/numbers.ts";

/** What stops everything from being well, above every page: connection lost, firing stopped, runtime degraded. */
export function Banners() {
  const connection = useConnection();
  const lost = useLasting(connection === "lost", 1500);
  const { data: status } = useQuery(trpc.system.status.queryOptions());
  const ending = useLasting(status?.role === "stopped", 1000);
  if (lost) {
    return (
      <Alert color="yellow" radius={0} icon={<IconPlugConnectedX size={16} />} role="status" py={8}>
        <Text span>
          No connection to Almanac's engine. What you see may be out of date; the page reconnects by itself. If Almanac
          was started anew, it may ask this browser to sign in again.
        </Text>
      </Alert>
    );
  }
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

/** Some problems begin with what they come to, others do not. */
const firingProblem = (message: string): string =>
  message.startsWith("Nothing fires") ? message : `Nothing fires: ${message}`;

/** The program waits for its last runs, and then ends. */
function EndingBanner({ running }: { running: number }) {
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
