import {
  createSpotlight,
  Spotlight,
  type SpotlightActionData,
  type SpotlightActionGroupData,
} from "@mantine/spotlight";
import { IconClockPlay, IconListDetails, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { RunRow } from "../../shared/api/runs.ts";
import type { ListedSchedule } from "../../shared/api/schedules.ts";
import { rank } from "../../shared/domain/rank.ts";
import { trpc } from "../api/client.ts";
import { outcomeNames, outcomeOf } from "../components/outcomes/outcomes.ts";
import { isolated } from "../format/isolated.ts";
import { count } from "../format/numbers.ts";
import { exactTime, type TimeFormat } from "../format/time.ts";
import { useTimeFormat } from "../format/useTimeFormat.ts";
import { Keys } from "./CommandMenu.tsx";
import { type Action, actionsOn } from "./command.ts";
import { everywhereCommands, pageCommands } from "./everywhere.ts";
import { scheduleCommands } from "./ofSchedule.ts";
import { recents, remember } from "./recents.ts";
import { nameOf, useCurrentSubject } from "./subject.ts";
import { useTools } from "./tools.ts";
import { paletteName, type TypedAhead } from "./typedAhead.ts";
import { subjectActions } from "./useCommandKeys.ts";

/** Schedules that are listed, and those of them whose actions are. */
const listed = 8;
const withActions = 3;
/** What a schedule's name alone offers; the rest is offered by its verb. */
const firstActions = new Set(["run", "backfill", "edit", "pause", "resume"]);

/** What a word asks for: "pause backup" is the schedule "backup", and that it be paused. */
const verbs = new Set(
  scheduleCommands.flatMap(({ label, words = [] }) =>
    [label, ...words].flatMap((text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []),
  ),
);

const wordsOf = (query: string): string[] => query.toLowerCase().split(/\s+/).filter(Boolean);

/** The words of a query that name a schedule. */
const namePart = (query: string): string =>
  wordsOf(query)
    .filter((word) => !verbs.has(word))
    .join(" ");

/** What may be the id of a run, whole as it was copied. */
const maybeRunId = (query: string): boolean => /^[0-9A-Za-z_-]{10,100}$/.test(query.trim()) && /\d/.test(query);

interface Offer extends SpotlightActionData {
  id: string;
  label: string;
  /** What else it is found by. */
  further: readonly string[];
}

const plain = (label: string): string => label.replace(/…$/, "");

function offerOf(action: Action, of?: { id: string; name: string }): Offer {
  const { Icon } = action;
  const label = of === undefined ? action.label : `${plain(action.label)}: ${isolated(of.name)}`;
  return {
    id: `${action.id}:${of?.id ?? ""}`,
    label,
    further: action.words,
    leftSection: <Icon size={16} />,
    ...(action.keys === undefined || action.keys === "Enter" ? {} : { rightSection: <Keys keys={action.keys} /> }),
    onClick: () => {
      if (of === undefined) remember({ kind: "command", id: action.id, label });
      action.do();
    },
  };
}

/** The best first, in each group and among the groups. */
function matching(query: string, groups: readonly { group: string; offers: readonly Offer[] }[]) {
  const points = new Map<Offer, number>();
  const pointsOf = (offer: Offer) => points.get(offer) ?? 0;
  for (const { offers } of groups) {
    // Of those that fit alike, the first of the list stays first: to run it before to edit it.
    for (const offer of offers) points.set(offer, Math.ceil(rank(query, offer.label, offer.further)));
  }
  return groups
    .map(({ group, offers }) => ({
      group,
      offers: offers.filter((offer) => pointsOf(offer) > 0).sort((a, b) => pointsOf(b) - pointsOf(a)),
    }))
    .filter(({ offers }) => offers.length > 0)
    .sort((a, b) => pointsOf(b.offers[0] as Offer) - pointsOf(a.offers[0] as Offer));
}

const [store, spotlight] = createSpotlight();

export const open = spotlight.open;

const offersShown = () => document.getElementById(store.getState().listId);
const selected = () => offersShown()?.querySelector<HTMLElement>("[data-selected]") ?? null;

function selectFirst(): void {
  selected()?.removeAttribute("data-selected");
  offersShown()?.querySelector("[data-action]")?.setAttribute("data-selected", "true");
  store.updateState((state) => ({ ...state, selected: 0 }));
}

/**
 * Keeps the first offer selected until an arrow key has chosen another, also where the answer comes after the last key:
 * the library selects once, when a key is pressed. An Enter that comes before there is anything to choose waits for it.
 */
function useSelection(query: string, shown: string, isFresh: boolean, typed: TypedAhead | null) {
  const chosen = useRef(false);
  const entered = useRef<string | null>(null);
  const taken = useRef<TypedAhead | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another query begins anew
  useEffect(() => {
    chosen.current = false;
    const isAhead = typed !== taken.current && typed?.text === query;
    if (isAhead) taken.current = typed;
    entered.current = isAhead && typed?.entered ? query : null;
  }, [query]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: looked at whenever something else is shown
  useEffect(() => {
    if (!chosen.current || selected() === null) selectFirst();
    if (entered.current !== query || !isFresh) return;
    entered.current = null;
    selected()?.click();
  }, [query, shown, isFresh]);
  return (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") chosen.current = true;
    else if (event.key === "Enter" && !event.nativeEvent.isComposing && selected() === null) entered.current = query;
  };
}

/** Ctrl/Cmd+K: schedules and runs, every page, and every command, found by its verb. */
export function CommandPalette({ typed }: { typed: TypedAhead | null }) {
  const tools = useTools();
  const subject = useCurrentSubject();
  const format = useTimeFormat();
  const [query, setQuery] = useState("");
  useEffect(() => {
    if (typed !== null) setQuery((now) => typed.text + now);
  }, [typed]);
  const asked = query.trim() !== "";
  const name = namePart(query);
  const list = (search: string, enabled: boolean) => ({
    ...trpc.schedules.rows.queryOptions({ search, sort: search === "" ? "need" : "match", limit: listed }),
    enabled,
    placeholderData: (before: unknown) => before as never,
  });
  // A verb alone offers those that need somebody first.
  const named = useQuery(list(name, asked));
  // "open data" may be a verb and a name, or a name.
  const whole = useQuery(list(query.trim(), asked && name !== wordsOf(query).join(" ")));
  const run = useQuery({
    ...trpc.runs.get.queryOptions({ runId: query.trim() }),
    enabled: maybeRunId(query),
    retry: false,
  });

  const isFresh = !named.isPlaceholderData;
  const rows = new Map<string, ListedSchedule>();
  if (asked) {
    for (const row of [...(whole.data?.rows ?? []), ...(named.data?.rows ?? [])] as ListedSchedule[])
      rows.set(row.scheduleId, row);
  }
  const found = [...rows.values()];
  const hasVerb = name !== wordsOf(query).join(" ");

  const schedules = found.map(
    (row): Offer => ({
      id: `schedule:${row.scheduleId}`,
      label: row.name,
      description: row.specText,
      // The server has matched more than the name. Until it has answered, those of the query before stay only where
      // their name matches: Enter must not open what was looked for last.
      further: isFresh ? wordsOf(query) : [],
      leftSection: <IconClockPlay size={16} aria-hidden="true" />,
      onClick: () => tools.navigate({ to: "/schedules/$id", params: { id: row.scheduleId } }),
    }),
  );
  const onSchedules = found.slice(0, name === "" ? listed : withActions).flatMap((row) =>
    actionsOn(scheduleCommands, row, tools)
      .filter(({ id }) => id !== "open" && (hasVerb || firstActions.has(id)))
      .map((action) => offerOf(action, { id: row.scheduleId, name: row.name })),
  );
  const everywhere = actionsOn(everywhereCommands, undefined, tools)
    .filter(({ id }) => id !== "palette" && id !== "search")
    .map((action) => offerOf(action));
  const pages = actionsOn(pageCommands, undefined, tools).map((action) => offerOf(action));
  const about = subjectActions(subject, tools).map((action) => offerOf(action));
  const runs: Offer[] =
    maybeRunId(query) && run.data !== undefined
      ? [runOffer(run.data as RunRow, () => tools.navigate({ to: "/runs/$id", params: { id: run.data.runId } }))]
      : [];

  const total = hasVerb ? undefined : named.data?.total;
  const schedulesTitle = total !== undefined && total > listed ? `Schedules (${count(total)})` : "Schedules";
  const groups = asked
    ? matching(query, [
        { group: "Runs", offers: runs },
        { group: schedulesTitle, offers: schedules },
        { group: subject === null ? "" : `On ${nameOf(subject)}`, offers: about },
        { group: "Actions", offers: [...onSchedules, ...everywhere] },
        { group: "Pages", offers: pages },
      ])
    : [
        { group: subject === null ? "" : `On ${nameOf(subject)}`, offers: about },
        { group: "Recent", offers: recentOffers(tools, [...everywhere, ...pages], format) },
        { group: "Actions", offers: everywhere },
        { group: "Pages", offers: pages },
      ].filter(({ offers }) => offers.length > 0);

  const shown = groups.flatMap(({ offers }) => offers.map(({ id }) => id)).join("\n");
  const onKeyDown = useSelection(query, shown, isFresh && !named.isFetching, typed);

  return (
    <Spotlight
      store={store}
      actions={groups.map(
        ({ group, offers }): SpotlightActionGroupData => ({
          group,
          actions: offers.map(({ further: _, ...action }) => action),
        }),
      )}
      filter={(_, all) => all}
      query={query}
      onQueryChange={setQuery}
      // It is emptied once it has closed, and so not where it is opened again while it does.
      onSpotlightOpen={() => setQuery("")}
      // The key is the page's: it works before any of this has come.
      shortcut={null}
      nothingFound={named.isFetching ? "Looking…" : "Nothing found"}
      highlightQuery
      attributes={{ content: { "aria-label": paletteName } }}
      centered={false}
      yOffset="12vh"
      overlayProps={{ blur: 0, backgroundOpacity: 0.35 }}
      scrollable
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
      maxHeight={420}
      searchProps={{
        leftSection: <IconSearch size={16} aria-hidden="true" />,
        placeholder: "Schedules, pages, actions",
        "aria-label": paletteName,
        onKeyDown,
      }}
    />
  );
}

function runOffer(run: RunRow, onClick: () => unknown): Offer {
  return {
    id: `run:${run.runId}`,
    label: `Run of ${run.scheduleName ?? run.workflowName}`,
    description: `${outcomeNames[outcomeOf(run.status, run.warning)]} · ${run.runId}`,
    further: [run.runId],
    leftSection: <IconListDetails size={16} aria-hidden="true" />,
    onClick: () => onClick(),
  };
}

/** What was opened or done last; a command that is there no more is left out. */
function recentOffers(tools: ReturnType<typeof useTools>, commands: readonly Offer[], format: TimeFormat): Offer[] {
  return recents().flatMap(({ kind, id, label, at }): Offer[] => {
    if (kind === "command") {
      const command = commands.find((offer) => offer.id === `${id}:`);
      return command === undefined ? [] : [{ ...command, id: `recent:${command.id}` }];
    }
    const Icon = kind === "schedule" ? IconClockPlay : IconListDetails;
    const to = kind === "schedule" ? "/schedules/$id" : "/runs/$id";
    return [
      {
        id: `recent:${kind}:${id}`,
        label,
        ...(at === undefined ? {} : { description: exactTime(at, format) }),
        further: [],
        leftSection: <Icon size={16} />,
        onClick: () => tools.navigate({ to, params: { id } }),
      },
    ];
  });
}
