import { Button } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import { trpc } from "../../api/client.ts";
import type { SchedulesSearch } from "../../app/search.ts";
import { KeyHints } from "../../components/page/KeyHints.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { durationText } from "../../format/time.ts";
import { BulkBar } from "./BulkBar.tsx";
import { DowntimeBanners } from "./DowntimeBanners.tsx";
import { FirstStart } from "./FirstStart.tsx";
import { NextDayStrip } from "./NextDayStrip.tsx";
import classes from "./Schedules.module.css";
import { ScheduleTable, type ScheduleTableHandle } from "./ScheduleTable.tsx";
import { Tiles } from "./Tiles.tsx";
import { Toolbar } from "./Toolbar.tsx";
import { listInput } from "./useScheduleRows.ts";

const route = getRouteApi("/");

const addressDelayMs = 250;

/** The home page: every schedule with what it does next and how it fared. */
export function SchedulesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: summary } = useQuery(trpc.schedules.summary.queryOptions());
  const { data: status } = useQuery(trpc.system.status.queryOptions());
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const searchBox = useRef<HTMLInputElement>(null);
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
  useSlashKey(() => searchBox.current?.focus());
  useArrowKeys(() => table.current);

  const nothingYet =
    summary !== undefined &&
    summary.active + summary.paused + summary.ended === 0 &&
    Object.values(search).every((value) => value === undefined);

  const newButton = (
    <Button leftSection={<IconPlus size={14} />} renderRoot={(props) => <Link to="/schedules/new" {...props} />}>
      New schedule
    </Button>
  );
  return (
    <div className={classes.page}>
      <PageHeader
        title="Schedules"
        aside={
          status?.runtime != null && (
            <span className={classes.engine}>
              {status.runtime.kind === "local" ? "local runtime" : "Redis runtime"} · poll{" "}
              {durationText(status.pollIntervalMs)}
              {status.role === "client" && status.owner !== null && ` · fired by ${status.owner.program}`}
            </span>
          )
        }
        actions={newButton}
      />
      {nothingYet ? (
        <FirstStart />
      ) : (
        <>
          <div className={classes.top}>
            <Tiles summary={summary} search={search} onSearch={onSearch} />
            <DowntimeBanners />
            {summary !== undefined && <NextDayStrip next24h={summary.next24h} />}
            {selected.size > 0 ? (
              <BulkBar selected={selected} onSelected={setSelected} tags={summary?.tags ?? []} />
            ) : (
              <Toolbar
                search={search}
                onSearch={onSearch}
                onReplace={onReplace}
                summary={summary}
                searchRef={searchBox}
                text={text}
                onType={onType}
                onTyped={() => toAddress.flush()}
                onLeave={() => table.current?.focus()}
              />
            )}
          </div>
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
          />
          <div className={classes.foot}>
            <KeyHints
              hints={[
                ["↑ ↓", "move"],
                ["Enter", "opens"],
                ["space", "selects"],
                ["b", "backfills"],
                ["r", "runs now"],
                ["p", "pauses"],
                ["/", "search"],
              ]}
            />
          </div>
        </>
      )}
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

/** `/` goes to the search, unless something is being typed. */
function useSlashKey(go: () => void): void {
  const latest = useRef(go);
  latest.current = go;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      const typing = target?.closest("input, textarea, select, [contenteditable], [role=dialog]") != null;
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      latest.current();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
