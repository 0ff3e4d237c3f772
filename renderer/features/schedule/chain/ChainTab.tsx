import { Button } from "@mantine/core";
import { IconArrowRightCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Chain, ChainNode } from "../../../../shared/api/chains.ts";
import type { ScheduleRow } from "../../../../shared/api/schedules.ts";
import { trpc } from "../../../api/client.ts";
import { openDialog } from "../../../commands/dialogs.ts";
import { OutcomeIcon } from "../../../components/outcomes/OutcomeIcon.tsx";
import { EmptyState } from "../../../components/page/EmptyState.tsx";
import { ErrorState } from "../../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../../components/page/LoadingRows.tsx";
import { inert } from "../../../components/values/logLines.ts";
import { TimeText } from "../../../components/values/TimeText.tsx";
import { plural } from "../../../format/numbers.ts";
import classes from "./Chain.module.css";
import { ChainGraph } from "./ChainGraph.tsx";
import { cellsOf, inOrder } from "./layout.ts";
import { isTrouble } from "./words.ts";

/** The chain that a schedule belongs to: who starts whom, what came of it last, and where it stopped. */
export function ChainTab({ row }: { row: ScheduleRow }) {
  const query = useQuery(trpc.schedules.chain.queryOptions({ around: row.scheduleId }));
  if (query.error !== null && query.data === undefined)
    return <ErrorState error={query.error} title="The chain could not be read" onRetry={query.refetch} />;
  if (query.data === undefined) return <LoadingRows />;
  const chain = query.data as Chain;
  const zone = row.spec.timezone ?? "UTC";
  const then = row.status !== "deleted" && (
    <Button
      variant="default"
      leftSection={<IconArrowRightCircle size={14} />}
      onClick={() => openDialog({ kind: "then", row })}
    >
      Then run…
    </Button>
  );
  if (chain.edges.length === 0)
    return (
      <EmptyState title="Nothing runs before or after it" action={then}>
        A chain runs one schedule after another: the next starts when a run of the one before it has completed, has
        failed, or has ended in any way.
      </EmptyState>
    );
  return (
    <section aria-label="Chain" className={classes.tab}>
      <div className={classes.head}>
        <p className={classes.summary} data-chain-summary>
          <Summary chain={chain} zone={zone} />
        </p>
        {then}
      </div>
      <ChainGraph key={row.scheduleId} chain={chain} around={row.scheduleId} zone={zone} />
      {chain.more && (
        <p className="dim">The nearest {plural(chain.nodes.length, "schedule")} are drawn; the chain has more.</p>
      )}
    </section>
  );
}

/** Where it stopped and why, or that it did not. */
function Summary({ chain, zone }: { chain: Chain; zone: string }) {
  const byId = new Map(chain.nodes.map((node) => [node.scheduleId, node]));
  const left = inOrder(chain.nodes, cellsOf(chain)).filter((node) => isTrouble(node, byId));
  const first = left.find(({ stopped }) => stopped?.state === "outcome");
  const cause = first?.stopped == null ? undefined : byId.get(first.stopped.by);
  if (first?.stopped == null || cause === undefined) {
    const running = chain.nodes.filter(({ lastRun }) => lastRun?.status === "running");
    return (
      <>
        {plural(chain.nodes.length, "schedule")} in this chain
        {running.length > 0 && <>; {running.map(({ name }) => name).join(", ")} running now</>}.
      </>
    );
  }
  const { stopped } = first;
  return (
    <>
      <OutcomeIcon outcome={stopped.outcome === "failed" ? "failed" : "cancelled"} />
      <span>
        Stopped at{" "}
        {stopped.runId === null ? (
          cause.name
        ) : (
          <Link to="/runs/$id" params={{ id: stopped.runId }} className="link">
            {cause.name}
          </Link>
        )}
        {", which "}
        {stopped.outcome === "failed" ? "failed" : "did not complete"} <TimeText at={stopped.at} zone={zone} />
        {errorOf(cause, stopped.runId)}: {didNotRun(left)}.
      </span>
    </>
  );
}

function errorOf({ lastRun }: ChainNode, runId: string | null): string {
  return lastRun === null || lastRun.error === null || lastRun.runId !== runId ? "" : ` (${inert(lastRun.error)})`;
}

/** `B and C did not run`; of many, how many. */
function didNotRun(left: readonly ChainNode[]): string {
  const names = left.map(({ name }) => name);
  if (names.length <= 3) {
    const last = names.at(-1) ?? "";
    return `${names.length > 1 ? `${names.slice(0, -1).join(", ")} and ` : ""}${last} did not run`;
  }
  return `${names[0]} and ${names.length - 1} others did not run`;
}
