import { ActionIcon, Button, Collapse } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { memo, useState } from "react";
import type { Downtime } from "../../../../shared/api/system.ts";
import { client, trpc } from "../../../api/client.ts";
import { errorMessage } from "../../../api/errors.ts";
import { OutcomeIcon } from "../../../components/outcomes/OutcomeIcon.tsx";
import { ConfirmDialog } from "../../../components/page/ConfirmDialog.tsx";
import { notifyAction, notifyError } from "../../../components/page/notify.tsx";
import { isolated } from "../../../format/isolated.ts";
import { plural } from "../../../format/numbers.ts";
import { useMinute } from "../../../format/ticker.ts";
import { clockTime, localDate, shortDate, type TimeFormat } from "../../../format/time.ts";
import { useTimeFormat } from "../../../format/useTimeFormat.ts";
import classes from "../Schedules.module.css";

/** More runs than this ask before they start; so do backfills of more than one schedule. */
const askAbove = 100;
const namedAtMost = 8;
const shownAtMost = 2;

const beginnings = { closed: "Almanac was closed", asleep: "Asleep", stalled: "This machine stood still" } as const;

/** `23:10–07:40`, with dates where they are not today's or last night's. */
export function downtimeRange(fromIso: string, toIso: string, now: number, format: TimeFormat): string {
  const from = Date.parse(fromIso);
  const to = Date.parse(toIso);
  const minute = (at: number) => clockTime(at - (at % 60_000), format);
  const day = (at: number) => `${shortDate(at, now, format)} `;
  const today = localDate(now, format.zone);
  const endsToday = localDate(to, format.zone) === today;
  const recent = endsToday && now - from < 86_400_000;
  if (recent) return `${minute(from)}–${minute(to)}`;
  const sameDay = localDate(from, format.zone) === localDate(to, format.zone);
  return `${day(from)}${minute(from)}–${sameDay ? "" : endsToday ? "today " : day(to)}${minute(to)}`;
}

/** `12 runs were due; 2 ran afterwards, 4 were skipped by policy, 6 were missed`. */
export function downtimeAccount(downtime: Downtime): string {
  const { due, ran, skipped, missed } = downtime;
  const were = (value: number) => (value === 1 ? "was" : "were");
  if (missed === due) return `${plural(missed, "run")} ${were(missed)} missed.`;
  const parts = [
    ran > 0 ? `${ran} ran on waking` : "",
    skipped > 0 ? `${skipped} ${were(skipped)} skipped by policy` : "",
    missed > 0 ? `${missed} ${were(missed)} missed` : "",
  ].filter(Boolean);
  return `${plural(due, "run")} ${were(due)} due${parts.length === 0 ? "" : `; ${parts.join(", ")}`}.`;
}

/** What happened while nothing could fire, and the one click that repairs it. */
export const DowntimeBanners = memo(function DowntimeBanners() {
  const { data } = useQuery(trpc.system.downtimes.queryOptions());
  const [all, setAll] = useState(false);
  const downtimes = data ?? [];
  const shown = all ? downtimes : downtimes.slice(0, shownAtMost);
  if (downtimes.length === 0) return null;
  return (
    <section aria-label="Time in which nothing could run" className={classes.downtimes}>
      {shown.map((downtime) => (
        <DowntimeBanner key={downtime.downtimeId} downtime={downtime} />
      ))}
      {shown.length < downtimes.length && (
        <Button variant="subtle" size="compact-xs" onClick={() => setAll(true)}>
          {downtimes.length - shown.length} earlier
        </Button>
      )}
    </section>
  );
});

function DowntimeBanner({ downtime }: { downtime: Downtime }) {
  const router = useRouter();
  const format = useTimeFormat();
  const now = useMinute();
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const [looking, setLooking] = useState(false);
  const { perSchedule, missed, downtimeId } = downtime;
  const only = perSchedule.length === 1 ? perSchedule[0] : undefined;

  const dismiss = async () => {
    try {
      await client.system.dismissDowntime.mutate({ downtimeId });
    } catch (error) {
      notifyError(error);
    }
  };
  const fill = async () => {
    setBusy(true);
    const started: string[] = [];
    let filling = 0;
    // One schedule that cannot be filled holds up no other; the notice stays while there is such a one.
    let refused = false;
    for (const { scheduleId, name, from, to } of perSchedule) {
      try {
        const backfill = await client.backfills.create.mutate({ scheduleId, from, to, confirmed: true });
        started.push(backfill.backfillId);
        filling += backfill.total;
      } catch (error) {
        refused = true;
        notifyError(new Error(`${isolated(name)}: ${errorMessage(error)}`));
      }
    }
    const id = started.length === 1 ? started[0] : undefined;
    if (started.length > 0) {
      const said =
        filling === 0
          ? "Nothing was left to fill"
          : `${plural(filling, "missed run")} ${filling === 1 ? "is" : "are"} being filled`;
      notifyAction(said, "Watch", () =>
        id === undefined
          ? router.navigate({ to: "/backfills" })
          : router.navigate({ to: "/backfills/$id", params: { id } }),
      );
    }
    if (!refused) await dismiss();
    setBusy(false);
  };
  const look = () => {
    if (only === undefined) setLooking(!looking);
    else
      router.navigate({
        to: "/schedules/$id/backfill",
        params: { id: only.scheduleId },
        search: { from: only.from, to: only.to },
      });
  };

  return (
    <div className={classes.banner}>
      <div className={classes.bannerLine}>
        <OutcomeIcon outcome="missed" />
        <span className={classes.bannerText}>
          {beginnings[downtime.kind]} <strong>{downtimeRange(downtime.from, downtime.to, now, format)}</strong>:{" "}
          {downtimeAccount(downtime)}
          {only !== undefined && missed === downtime.due && (
            <>
              {" "}
              All of <bdi>{only.name}</bdi>.
            </>
          )}
        </span>
        {missed > 0 && (
          <>
            <Button
              size="compact-xs"
              loading={busy}
              onClick={only === undefined || missed > askAbove ? () => setAsking(true) : fill}
            >
              Fill {plural(missed, "missed run")}
              {only === undefined && "…"}
            </Button>
            <Button
              size="compact-xs"
              variant="default"
              onClick={look}
              aria-expanded={only === undefined ? looking : undefined}
            >
              Look
            </Button>
          </>
        )}
        <ActionIcon size={24} onClick={dismiss} aria-label="Dismiss" data-tip="Dismiss">
          <IconX size={14} />
        </ActionIcon>
      </div>
      <Collapse expanded={looking}>
        <ul className={classes.bannerList}>
          {perSchedule.map((row) => (
            <li key={row.scheduleId}>
              <Link
                className="link"
                to="/schedules/$id/backfill"
                params={{ id: row.scheduleId }}
                search={{ from: row.from, to: row.to }}
              >
                {row.name}
              </Link>{" "}
              <span className="dim">{plural(row.missed, "run")}</span>
            </li>
          ))}
        </ul>
      </Collapse>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Fill ${plural(missed, "missed run")}?`}
        confirmLabel={`Start ${plural(perSchedule.length, "backfill")}`}
        onConfirm={fill}
      >
        <p className={classes.fillWords}>
          {perSchedule.length === 1
            ? "One backfill starts"
            : `${plural(perSchedule.length, "backfill")} start, one a schedule`}
          , oldest first and one run at a time, beside what is due. You can pause or cancel them under Backfills.
        </p>
        <ul className={classes.fillList}>
          {perSchedule.slice(0, namedAtMost).map((row) => (
            <li key={row.scheduleId}>
              <span className="ellipsis">{row.name}</span> <span className="dim">{plural(row.missed, "run")}</span>
            </li>
          ))}
          {perSchedule.length > namedAtMost && (
            <li className="dim">and {plural(perSchedule.length - namedAtMost, "more schedule")}</li>
          )}
        </ul>
      </ConfirmDialog>
    </div>
  );
}
