import { ActionIcon, Button } from "@mantine/core";
import { useDebouncedCallback, useDocumentTitle } from "@mantine/hooks";
import { IconPlus, IconUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { trpc } from "../../api/client.ts";
import type { SchedulesSearch } from "../../app/search.ts";
import { openDialog } from "../../commands/dialogs.ts";
import { laterPart } from "../../components/page/laterPart.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { type SearchFieldHandle, Toolbar } from "./filters/Toolbar.tsx";
import { ScheduleTable, type ScheduleTableHandle } from "./list/ScheduleTable.tsx";
import { listInput, readRowsAhead } from "./list/useScheduleRows.ts";
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
  const field = useRef<SearchFieldHandle>(null);
  const lastTyped = useRef<string | null>(null);
  // What was typed and has been read: the list is drawn once a key, when its rows are there.
  const [listed, setListed] = useState<string | null>(null);
  const endTyping = useCallback(() => {
    lastTyped.current = null;
    field.current?.clear();
    setListed(null);
  }, []);
  const toAddress = useDebouncedCallback(async (next: string) => {
    await onSearch({ q: next === "" ? undefined : next });
    if (lastTyped.current === next) endTyping();
  }, addressDelayMs);
  const latest = useRef(search);
  latest.current = search;
  const onType = useCallback(
    (next: string) => {
      lastTyped.current = next;
      toAddress(next);
      readRowsAhead(listInput({ ...latest.current, q: next })).then(() => {
        if (lastTyped.current === next) setListed(next);
      });
    },
    [toAddress],
  );
  const onTyped = useCallback(() => toAddress.flush(), [toAddress]);
  const listedText = listed ?? search.q ?? "";
  const input = useMemo(() => listInput({ ...search, q: listedText }), [search, listedText]);
  const onShowAll = useCallback(() => {
    toAddress.cancel();
    endTyping();
    onReplace({});
  }, [toAddress, endTyping, onReplace]);
  const onLeave = useCallback(() => table.current?.focus(), []);
  const onShow = useCallback((scheduleId: string) => setShown((now) => (now === scheduleId ? null : scheduleId)), []);
  useArrowKeys(() => table.current);
  // What stands around the list is not drawn anew with each key of a search.
  const banners = useMemo(() => <DowntimeBanners />, []);
  const strip = useMemo(
    () => summary !== undefined && <NextDayStrip next24h={summary.next24h} active={summary.active} />,
    [summary],
  );

  const nothingYet =
    summary !== undefined &&
    summary.active + summary.paused + summary.ended === 0 &&
    Object.values(search).every((value) => value === undefined);

  if (nothingYet) {
    return (
      <div className={classes.page}>
        <PageHeader title="Schedules" actions={<NewButtons />} />
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
              field={field}
              onType={onType}
              onTyped={onTyped}
              onLeave={onLeave}
            />
            <NewButtons />
          </>
        )}
      </header>
      <div className={classes.banners}>
        {banners}
        {status?.role === "client" && status.owner !== null && (
          <p className={classes.engine}>
            {status.owner.program} (pid {status.owner.pid}) fires these schedules; this window shows and edits them.
          </p>
        )}
      </div>
      <div className={classes.middle}>
        <ScheduleTable
          ref={table}
          input={input}
          typing={listed !== null}
          search={search}
          onSearch={onSearch}
          onShowAll={onShowAll}
          selected={selected}
          onSelected={setSelected}
          shown={shown}
          onShow={onShow}
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
      <div className={classes.foot}>{strip}</div>
    </div>
  );
}

/** The ways to a schedule that is not there yet. */
const NewButtons = memo(function NewButtons() {
  return (
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
});

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
