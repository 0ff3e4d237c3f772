import { useEffect, useRef } from "react";
import { type Action, actionsOn } from "./command.ts";
import { everywhereCommands, pageCommands } from "./everywhere.ts";
import { createKeyReader, isTyping } from "./keys.ts";
import { runCommands } from "./ofRun.ts";
import { scheduleCommands } from "./ofSchedule.ts";
import { type Subject, useCurrentSubject } from "./subject.ts";
import { type Tools, useTools } from "./tools.ts";

const pairs = pageCommands.flatMap(({ keys }) => (keys?.includes(" ") ? [keys] : []));
const firsts = new Set(pairs.map((keys) => keys.split(" ")[0] ?? ""));

/** Keys that mean a row where one has the focus, and nothing on a whole page. */
const ofRowsAlone = new Set(["Enter", "Delete"]);

/** What can be done to what the page is about; all of it has a place in the palette. */
export function subjectActions(subject: Subject | null, tools: Tools): Action[] {
  if (subject === null) return [];
  const actions =
    subject.kind === "schedule"
      ? actionsOn(scheduleCommands, subject.row, tools)
      : actionsOn(runCommands, subject.run, tools);
  // It is open already, and keys of rows alone mean nothing on its page.
  return actions
    .filter(({ id }) => id !== "open")
    .map((action) => (ofRowsAlone.has(action.keys ?? "") ? { ...action, keys: undefined } : action));
}

/** The keys of every command, wherever nothing is typed: pages by `g` and a letter, the rest by one key. */
export function useCommandKeys(): void {
  const tools = useTools();
  const subject = useCurrentSubject();
  const latest = useRef({ tools, subject });
  latest.current = { tools, subject };
  useEffect(() => {
    const reader = createKeyReader(firsts, () => performance.now());
    /** Keys that have been read, until the page itself has had its turn with them. */
    let read: string | null = null;
    const first = (event: KeyboardEvent) => {
      read = null;
      if (isTyping(event.target)) return reader.forget();
      const { keys, taken } = reader.read(event);
      read = keys;
      if (!taken) return;
      // The second of a pair must not do what it does alone to the row that has the focus.
      event.preventDefault();
      event.stopPropagation();
      const command = pageCommands.find((each) => each.keys === keys);
      command?.do(undefined, latest.current.tools);
    };
    const last = (event: KeyboardEvent) => {
      if (read === null || event.defaultPrevented) return;
      if (event.repeat) return;
      const { tools: current, subject: about } = latest.current;
      if (read === "." && about !== null) {
        event.preventDefault();
        current.openPalette();
        return;
      }
      const actions = [...actionsOn(everywhereCommands, undefined, current), ...subjectActions(about, current)];
      const action = actions.find(({ keys }) => keys === read);
      if (action === undefined) return;
      event.preventDefault();
      action.do();
    };
    document.addEventListener("keydown", first, true);
    document.addEventListener("keydown", last);
    return () => {
      document.removeEventListener("keydown", first, true);
      document.removeEventListener("keydown", last);
    };
  }, []);
}
