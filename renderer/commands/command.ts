import type { Icon } from "@tabler/icons-react";
import type { Tools } from "./tools.ts";

/** Something that can be done to a subject, by mouse, key and palette alike. */
export interface Command<Subject> {
  id: string;
  /** In menus and the palette: what happens, as a verb. */
  label: string;
  Icon: Icon;
  /** A key (`r`, `Delete`), or two one after the other (`g r`). Only where nothing is being typed. */
  keys?: string;
  /** Further words that a search finds it by. */
  words?: readonly string[];
  /** A line is drawn before it in menus. */
  divides?: true;
  /** It takes something away. */
  danger?: true;
  /** Left out where false. */
  applies?: (subject: Subject) => boolean;
  do: (subject: Subject, tools: Tools) => unknown;
}

/** A command with its subject: ready to be done. */
export interface Action {
  id: string;
  label: string;
  Icon: Icon;
  keys: string | undefined;
  words: readonly string[];
  divides: boolean;
  danger: boolean;
  do: () => unknown;
}

/** What can be done to a subject now. */
export function actionsOn<Subject>(commands: readonly Command<Subject>[], subject: Subject, tools: Tools): Action[] {
  return commands
    .filter((command) => command.applies?.(subject) ?? true)
    .map((command) => ({
      id: command.id,
      label: command.label,
      Icon: command.Icon,
      keys: command.keys,
      words: command.words ?? [],
      divides: command.divides ?? false,
      danger: command.danger ?? false,
      do: () => command.do(subject, tools),
    }));
}
