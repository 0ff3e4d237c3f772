import { Modal } from "@mantine/core";
import { Keys } from "./CommandMenu.tsx";
import type { Command } from "./command.ts";
import { everywhereCommands, pageCommands } from "./everywhere.ts";
import { runCommands } from "./ofRun.ts";
import { scheduleCommands } from "./ofSchedule.ts";
import classes from "./ShortcutSheet.module.css";

interface Shortcut {
  label: string;
  keys: string;
}

const withKeys = (commands: readonly Pick<Command<never>, "label" | "keys">[]): Shortcut[] =>
  commands.flatMap(({ label, keys }) => (keys === undefined ? [] : [{ label: label.replace(/…$/, ""), keys }]));

/** Keys that have one command each, and two by turns, are one line. */
function joined(shortcuts: readonly Shortcut[]): Shortcut[] {
  const byKeys = new Map<string, Shortcut>();
  for (const { label, keys } of shortcuts) {
    const known = byKeys.get(keys);
    byKeys.set(keys, { keys, label: known === undefined ? label : `${known.label} or ${label.toLowerCase()}` });
  }
  return [...byKeys.values()];
}

const parts: readonly { title: string; shortcuts: readonly Shortcut[] }[] = [
  {
    title: "Everywhere",
    shortcuts: [...withKeys(everywhereCommands), { label: "Actions on what is shown", keys: "." }],
  },
  { title: "Go to", shortcuts: withKeys(pageCommands) },
  {
    title: "A schedule: its row, or on its page",
    shortcuts: joined([
      ...withKeys(scheduleCommands),
      { label: "Look at it beside the list", keys: "Space" },
      { label: "Select it", keys: "x" },
    ]),
  },
  { title: "A run: its row, or on its page", shortcuts: joined(withKeys(runCommands)) },
  {
    title: "When a schedule is edited",
    shortcuts: [
      { label: "Undo", keys: "mod+z" },
      { label: "Redo", keys: "mod+y" },
    ],
  },
];

/** Every key there is, from the list of commands itself. */
export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title="Keyboard shortcuts" size={760}>
      <div className={classes.parts}>
        {parts.map(({ title, shortcuts }) => (
          <section key={title} className={classes.part} aria-label={title}>
            <h3 className={classes.title}>{title}</h3>
            <dl className={classes.list}>
              {shortcuts.map(({ label, keys }) => (
                <div key={keys} className={classes.line}>
                  <dt>{label}</dt>
                  <dd>
                    <span className="visuallyHidden">{keys}</span>
                    <Keys keys={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
