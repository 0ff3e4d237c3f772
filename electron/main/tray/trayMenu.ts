import type { MenuItemConstructorOptions } from "electron";

/** What the tray shows. Instants are epoch ms. */
export interface TrayState {
  next: { scheduleId: string; name: string; at: number }[];
  running: number;
  failing: number;
  active: number;
  /** How many "Pause all" has paused and "Resume all" would resume. */
  pausedHere: number;
  /** Almanac quits when what runs has ended. */
  waits: boolean;
}

export interface TrayActions {
  show(path: string): void;
  pauseAll(): void;
  resumeAll(): void;
  quit(): void;
}

/** The tray's menu: what is next and what is wrong first, then what can be done. */
export function trayMenu(state: TrayState, actions: TrayActions, now: number): MenuItemConstructorOptions[] {
  // A menu reads "&" as a mark for the key of an item.
  const next = state.next.map(({ scheduleId, name, at }) => ({
    label: `${shortTime(at, now)}  ${shortened(name).replaceAll("&", "&&")}`,
    click: () => actions.show(`/schedules/${scheduleId}`),
  }));
  if (state.waits) {
    return [
      { label: `Quits when ${runs(state.running)} ended`, click: () => actions.show("/runs") },
      { type: "separator" },
      { label: "Open Almanac", click: () => actions.show("/schedules") },
      { label: "Stop them and quit…", click: () => actions.quit() },
    ];
  }
  const nothing = { label: state.active === 0 ? "No active schedules" : "No upcoming runs", enabled: false };
  return [
    ...(next.length > 0 ? next : [nothing]),
    { type: "separator" },
    ...(state.running > 0 ? [{ label: `${state.running} running`, click: () => actions.show("/runs") }] : []),
    ...(state.failing > 0 ? [{ label: `✕ ${state.failing} failing`, click: () => actions.show("/schedules") }] : []),
    { label: "Pause all", enabled: state.active > 0, click: () => actions.pauseAll() },
    ...(state.pausedHere > 0 ? [{ label: `Resume ${state.pausedHere} paused`, click: () => actions.resumeAll() }] : []),
    { type: "separator" },
    { label: "Open Almanac", click: () => actions.show("/schedules") },
    { label: "Quit Almanac", click: () => actions.quit() },
  ];
}

/** One line for the tray's tooltip. */
export function trayTooltip(state: TrayState, now: number): string {
  if (state.waits) return `Almanac quits when ${runs(state.running)} ended`;
  if (state.active === 0 && state.pausedHere > 0) {
    return `Almanac: ${state.pausedHere === 1 ? "1 schedule is" : `${state.pausedHere} schedules are`} paused`;
  }
  const [first] = state.next;
  const next = first === undefined ? "nothing planned" : `${shortened(first.name)} ${shortTime(first.at, now)}`;
  return state.failing > 0 ? `Almanac: ${state.failing} failing; ${next}` : `Almanac: ${next}`;
}

const runs = (count: number): string => (count === 1 ? "1 run has" : `${count} runs have`);
const dayMs = 86_400_000;

function shortTime(at: number, now: number): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  const time = new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  if (sameDay) return time;
  if (at - now < 6 * dayMs) return `${new Date(at).toLocaleDateString(undefined, { weekday: "short" })} ${time}`;
  return new Date(at).toLocaleDateString(undefined, { day: "numeric", month: "short" });
}

const shortened = (name: string): string => (name.length > 40 ? `${name.slice(0, 39)}…` : name);
