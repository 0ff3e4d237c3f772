import { ActionIcon, Button } from "@mantine/core";
import { useDebouncedCallback, useDocumentTitle } from "@mantine/hooks";
import { IconPlus, IconUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import { trpc } from "../../api/client.ts";
import type { SchedulesSearch } from "../../app/search.ts";
import { openDialog } from "../../commands/dialogs.ts";
import { laterPart } from "../../components/page/laterPart.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { Toolbar } from "./filters/Toolbar.tsx";
import { ScheduleTable, type ScheduleTableHandle } from "./list/ScheduleTable.tsx";
import { listInput } from "./list/useScheduleRows.ts";
import classes from "./Schedules.module.css";

const route = getRouteApi("/");

// The list is what one waits for; what stands around it comes right after.
const FirstStart = laterPart("How to begin", async () => (await import("./around/FirstStart.tsx")).FirstStart, {
  frame: (said) => <div className={classes.firstStart}>{said}</div>,
});
const BulkBar = laterPart("What can be done to these", async () => (await import("./list/BulkBar.tsx")).BulkBar);
const DowntimeBanners = laterPart(
  "What was missed while nothing could run",
  async () => (await import("./around/DowntimeBanners.tsx")).DowntimeBanners,
);
const NextDayStrip = laterPart(
  "The next 24 hours",
  async () => (await import("./around/NextDayStrip.tsx")).NextDayStrip,
);
const SchedulePanel = laterPart(
  "The schedule at a glance",
  async () => (await import("./panel/SchedulePanel.tsx")).SchedulePanel,
  {
    frame: (said, { onClose }) => (
      <aside className={classes.missingPanel} aria-label="Schedule at a glance">
        {said}
        <Button size="compact-xs" variant="subtle" onClick={onClose}>
          Close
        </Button>
      </aside>
    ),
  },
);

const addressDelayMs = 250;

/** The home page: every schedule with what it does next and how it fared. */
export function SchedulesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: summary } = useQuery(trpc.schedules.summary.queryOptions());
  const { data: status } = useQuery(trpc.system.status.queryOptions());
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [shown, setShown] = useState<string | null>(null);
  useDocumentTitle("Schedules · Almanac");
  const table = useRef<ScheduleTableHandle>(null);

  const onReplace = useCallback((next: SchedulesSearch) => navigate({ search: next, replace: true }), [navigate]);
  const onSearch = useCallback(
    (part: Partial<SchedulesSearch>) => navigate({ search: (before) => ({ ...before, ...part }), replace: true }),
    [navigate],
  );
  // The list follows the typing itself; the address, which redraws all of the page, follows once it rests.
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? search.q ?? "";
  const toAddress = useDebouncedCallback(async (next: string) => {
    await onSearch({ q: next === "" ? undefined : next });
    setTyped((now) => (now === next ? null : now));
  }, addressDelayMs);
  const onType = (next: string) => {
    setTyped(next);
    toAddress(next);
  };
  useArrowKeys(() => table.current);

  const nothingYet =
    summary !== undefined &&
    summary.active + summary.paused + summary.ended === 0 &&
    Object.values(search).every((value) => value === undefined);

  const newButton = (
    <>
      <ActionIcon
        size={30}
        variant="default"
        aria-label="Import schedules"
        data-tip="Import schedules of a crontab, timers or a file (i)"
        onClick={() => openDialog({ kind: "import" })}
      >
        <IconUpload size={15} aria-hidden="true" />
      </ActionIcon>
      <Button leftSection={<IconPlus size={14} />} renderRoot={(props) => <Link to="/schedules/new" {...props} />}>
        New schedule
      </Button>
    </>
  );
  if (nothingYet) {
    return (
      <div className={classes.page}>
        <PageHeader title="Schedules" actions={newButton} />
        <FirstStart />
      </div>
    );
  }
  return (
    <div className={classes.page}>
      <header className={classes.line}>
        <h1 className={classes.title}>Schedules</h1>
        {selected.size > 0 ? (
          <BulkBar selected={selected} onSelected={setSelected} tags={summary?.tags ?? []} />
        ) : (
          <>
            <Toolbar
              search={search}
              onSearch={onSearch}
              onReplace={onReplace}
              summary={summary}
              text={text}
              onType={onType}
              onTyped={() => toAddress.flush()}
              onLeave={() => table.current?.focus()}
            />
            {newButton}
          </>
        )}
      </header>
      <div className={classes.banners}>
        <DowntimeBanners />
        {status?.role === "client" && status.owner !== null && (
          <p className={classes.engine}>
            {status.owner.program} (pid {status.owner.pid}) fires these schedules; this window shows and edits them.
          </p>
        )}
      </div>
      <div className={classes.middle}>
        <ScheduleTable
          ref={table}
          input={listInput({ ...search, q: text })}
          typing={typed !== null}
          search={search}
          onSearch={onSearch}
          onShowAll={() => {
            toAddress.cancel();
            setTyped(null);
            onReplace({});
          }}
          selected={selected}
          onSelected={setSelected}
          shown={shown}
          onShow={(scheduleId) => setShown((now) => (now === scheduleId ? null : scheduleId))}
        />
        {shown !== null && (
          <SchedulePanel
            scheduleId={shown}
            onClose={() => {
              setShown(null);
              table.current?.focus();
            }}
          />
        )}
      </div>
      <div className={classes.foot}>
        {summary !== undefined && <NextDayStrip next24h={summary.next24h} active={summary.active} />}
      </div>
    </div>
  );
}

/** Up and down lead into the list from wherever they mean nothing else. */
function useArrowKeys(listOf: () => ScheduleTableHandle | null): void {
  const latest = useRef(listOf);
  latest.current = listOf;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      const taken = target?.closest(
        "input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=grid]",
      );
      const arrow = event.key === "ArrowDown" || event.key === "ArrowUp";
      const list = latest.current();
      if (!arrow || list === null || taken != null || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.defaultPrevented) return;
      event.preventDefault();
      list.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
