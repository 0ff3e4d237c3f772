import { Button } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type MouseEvent,
  memo,
  type Ref,
  useCallback,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { ListedSchedule, ListSchedulesInput, ScheduleListPage } from "../../../../shared/api/schedules.ts";
import type { ScheduleGroup } from "../../../../shared/domain/health.ts";
import type { SchedulesSearch } from "../../../app/search.ts";
import { actionsOn } from "../../../commands/command.ts";
import { menuPlace } from "../../../commands/menuPlace.ts";
import { scheduleCommands } from "../../../commands/ofSchedule.ts";
import { useTools } from "../../../commands/tools.ts";
import { EmptyState } from "../../../components/page/EmptyState.tsx";
import { ErrorState } from "../../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../../components/page/LoadingRows.tsx";
import { laterOverlay } from "../../../components/page/laterPart.tsx";
import { notifyError } from "../../../components/page/notify.tsx";
import classes from "../Schedules.module.css";
import { GroupHeading } from "./GroupHeading.tsx";
import { layOut, rowHeights, toggled } from "./listLayout.ts";
import { ScheduleRowView } from "./ScheduleRowView.tsx";
import { type SortKey, TableHead } from "./TableHead.tsx";
import { useHold } from "./useHold.ts";
import { allIds, useScheduleRows } from "./useScheduleRows.ts";

const ContextMenu = laterOverlay(
  "The menu",
  async () => (await import("../../../commands/CommandMenu.tsx")).ContextMenu,
);

/** Lets the page move the focus into the list. */
export interface ScheduleTableHandle {
  focus: () => void;
}

/** The list of schedules: any length, one row focused at a time, all of it by keyboard. */
export const ScheduleTable = memo(function ScheduleTable(props: {
  input: ListSchedulesInput;
  /** The search is being typed: `input` is about to change. */
  typing: boolean;
  search: SchedulesSearch;
  onSearch: (search: Partial<SchedulesSearch>) => void;
  /** Takes every filter off. */
  onShowAll: () => void;
  selected: ReadonlySet<string>;
  onSelected: (selected: ReadonlySet<string>) => void;
  /** The schedule in the panel beside the list. */
  shown: string | null;
  onShow: (scheduleId: string) => void;
  ref: Ref<ScheduleTableHandle>;
}) {
  const { input, search, selected, onSelected } = props;
  const tools = useTools();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const [menu, setMenu] = useState<{ row: ListedSchedule; near: DOMRect } | null>(null);
  const folded = search.folded ?? [];
  const [known, setKnown] = useState<{ total: number; groups: ScheduleListPage["groups"] }>({
    total: 0,
    groups: undefined,
  });
  const layout = useMemo(
    () => layOut(known.total, known.groups, search.folded ?? [], rowHeights[search.density ?? "compact"]),
    [known, search.folded, search.density],
  );
  const virtualizer = useVirtualizer({
    count: layout.length,
    getScrollElement: () => scroller.current,
    estimateSize: layout.heightOf,
    // What nobody sees yet is drawn once the search rests.
    overscan: props.typing ? 0 : 4,
    useFlushSync: false,
  });
  // Heights are another's as soon as groups come, go or fold; a list that is only longer or shorter is drawn once.
  const { heights } = layout;
  useLayoutEffect(() => {
    if (heights !== "") virtualizer.measure();
  }, [heights, virtualizer]);
  const items = virtualizer.getVirtualItems();
  const rowsShown = items.flatMap(({ index }) => {
    const item = layout.itemAt(index);
    return item.kind === "row" ? [item.row] : [];
  });
  const first = rowsShown[0] ?? 0;
  const last = rowsShown.at(-1) ?? 0;
  // Its rows stay where they are under a pointer that moves: what is pressed must be what was aimed at.
  const { held, hold, letGo } = useHold();
  const list = useScheduleRows(input, first, last, {
    typing: props.typing,
    scrolling: virtualizer.isScrolling,
    held,
  });
  const { total, groups, rowAt: rowOf, error, refetch } = list;
  if (total !== undefined && (total !== known.total || groups !== known.groups)) setKnown({ total, groups });
  const rowAt = (index: number): ListedSchedule | undefined => {
    const item = layout.itemAt(index);
    return item.kind === "row" ? rowOf(item.row) : undefined;
  };
  const fold = (group: ScheduleGroup) => props.onSearch({ folded: toggled(folded, group) });

  const focusRow = (index: number) => {
    const to = Math.min(Math.max(index, 0), layout.length - 1);
    if (to < 0) return;
    setActive(to);
    virtualizer.scrollToIndex(to);
    // The row may only be drawn once the list has scrolled to it.
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-row="${to}"]`)?.focus());
  };
  // In another order the focus goes with its schedule, which its keys act on.
  const activeId = rowAt(active)?.scheduleId;
  const focused = useRef({ place: active, id: activeId });
  useLayoutEffect(() => {
    const { place, id } = focused.current;
    focused.current = { place: active, id: activeId };
    const isMoved = place === active && id !== undefined && id !== activeId;
    if (!isMoved || document.activeElement?.getAttribute("data-row") !== String(active)) return;
    const at = list.placeOf(id);
    if (at !== null) focusRow(layout.placeOf(at));
  });
  useImperativeHandle(props.ref, () => ({
    focus: () => focusRow(active === 0 && layout.itemAt(0).kind === "group" ? 1 : active),
  }));

  // Rows are given the same functions at every drawing, so that scrolling draws new rows only.
  const { onSearch } = props;
  const latest = useRef({ selected, onSelected, input, search });
  latest.current = { selected, onSelected, input, search };
  const toggle = useCallback((row: ListedSchedule) => {
    const next = new Set(latest.current.selected);
    if (!next.delete(row.scheduleId)) next.add(row.scheduleId);
    latest.current.onSelected(next);
  }, []);
  const toggleAll = useCallback(async () => {
    const { selected, onSelected, input } = latest.current;
    if (selected.size > 0) {
      onSelected(new Set());
      return;
    }
    try {
      onSelected(new Set(await allIds(input)));
    } catch (caught) {
      notifyError(caught);
    }
  }, []);
  const sortBy = useCallback(
    (key: SortKey) => {
      const { sort, desc } = latest.current.search;
      onSearch({ sort: key, desc: sort === key && !desc ? true : undefined });
    },
    [onSearch],
  );
  const openMenu = useCallback((row: ListedSchedule, near: DOMRect) => setMenu({ row, near }), []);

  const moves: Record<string, number> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + 10,
    PageUp: active - 10,
    Home: 0,
    End: layout.length - 1,
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const onRow = event.target instanceof HTMLElement && event.target.dataset["row"] !== undefined;
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      hold();
      focusRow(to);
      return;
    }
    const item = layout.itemAt(active);
    if (item.kind === "group" && ["Enter", " ", "ArrowLeft", "ArrowRight"].includes(event.key)) {
      event.preventDefault();
      const opens = event.key === "ArrowRight";
      if (!event.key.startsWith("Arrow") || item.folded === opens) fold(item.group);
      return;
    }
    const row = rowAt(active);
    // Keys on a button or link inside the row are the button's own.
    if (!onRow || row === undefined) return;
    const keys = new Map<string, () => unknown>([
      ...actionsOn(scheduleCommands, row, tools).map((action) => [action.keys ?? "", action.do] as const),
      [" ", () => props.onShow(row.scheduleId)],
      ["x", () => toggle(row)],
      [".", () => menuPlace(event.target as Element, (near) => openMenu(row, near))],
      ["ContextMenu", () => menuPlace(event.target as Element, (near) => openMenu(row, near))],
    ]);
    const action = keys.get(event.key);
    if (action === undefined) return;
    event.preventDefault();
    letGo();
    action();
  };

  /** The place in the list that an event happened at; null on the head, and on what has a click of its own. */
  const placeOf = (event: MouseEvent<HTMLDivElement>, own: string): number | null => {
    const target = event.target as Element;
    const place = target.closest<HTMLElement>("[data-row]")?.dataset["row"];
    return place === undefined || target.closest(own) !== null ? null : Number(place);
  };
  const onClick = (event: MouseEvent<HTMLDivElement>) => {
    // What comes of it is seen at once.
    letGo();
    const place = placeOf(event, "a, button, input");
    if (place === null) return;
    const item = layout.itemAt(place);
    const row = rowAt(place);
    if (item.kind === "group") fold(item.group);
    else if (row !== undefined) props.onShow(row.scheduleId);
  };
  const onContextMenu = (event: MouseEvent<HTMLDivElement>) => {
    const place = placeOf(event, "input");
    const row = place === null ? undefined : rowAt(place);
    if (row === undefined) return;
    event.preventDefault();
    openMenu(row, new DOMRect(event.clientX, event.clientY, 0, 0));
  };

  if (error !== null && total === undefined) {
    return <ErrorState error={error} title="The schedules could not be read" onRetry={refetch} />;
  }
  return (
    <>
      <div
        ref={scroller}
        className={classes.table}
        data-scroll-restoration-id="schedules"
        data-density={search.density ?? "compact"}
        data-hidden={search.hidden?.join(" ")}
        role="grid"
        aria-label="Schedules"
        aria-rowcount={layout.length + 1}
        aria-multiselectable="true"
        onKeyDown={onKeyDown}
        onPointerMove={hold}
        onPointerLeave={letGo}
        onClick={onClick}
        onContextMenu={onContextMenu}
      >
        <TableHead
          sort={search.sort}
          descending={search.desc === true}
          onSort={sortBy}
          found={input.search === undefined ? undefined : total}
          selected={selected.size === 0 ? "none" : selected.size === total ? "all" : "some"}
          isEmpty={total === 0}
          onToggleAll={toggleAll}
        />
        {total === undefined ? (
          <LoadingRows rows={8} />
        ) : layout.length === 0 ? (
          <EmptyState title="No schedule fits" action={<Button onClick={props.onShowAll}>Show all schedules</Button>}>
            Take a filter off, or search for something else.
          </EmptyState>
        ) : (
          <div
            className={classes.rows}
            style={{ height: virtualizer.getTotalSize() }}
            role="presentation"
            data-scrolling={virtualizer.isScrolling || undefined}
          >
            {items.map(({ index, start }) => {
              const item = layout.itemAt(index);
              if (item.kind === "group") {
                return (
                  <GroupHeading
                    key={item.group}
                    {...item}
                    index={index}
                    top={start}
                    active={index === active}
                    onFocus={setActive}
                    onFold={fold}
                  />
                );
              }
              const row = rowOf(item.row);
              return (
                <ScheduleRowView
                  key={index}
                  index={index}
                  top={start}
                  row={row}
                  active={index === active}
                  selected={selected.has(row?.scheduleId ?? "")}
                  shown={row !== undefined && row.scheduleId === props.shown}
                  onFocus={setActive}
                  onToggle={toggle}
                  onMenu={openMenu}
                  actions={tools.schedules}
                />
              );
            })}
          </div>
        )}
      </div>
      {menu !== null && (
        <ContextMenu
          actions={actionsOn(scheduleCommands, menu.row, tools)}
          near={menu.near}
          label={`Actions for ${menu.row.name}`}
          onClose={() => setMenu(null)}
          onAgain={() => setMenu(menu)}
        />
      )}
    </>
  );
});
