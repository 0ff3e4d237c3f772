/** What to do with the runs that go on when somebody quits. */
export const quitChoices = ["wait", "stop", "tray"] as const;
export type QuitChoice = (typeof quitChoices)[number];

/** Setting: the choice that a person had remembered; anything else asks. */
export const quitSetting = "desktop.quit";

/**
 * Who wants the program to end: a person, the same to have an update installed, the system (logout, shutdown, a signal), or
 * the program, to start anew.
 */
export type QuitReason = "person" | "update" | "system" | "restart";

export interface QuitFacts {
  reason: QuitReason;
  /** Runs that would end with this process. */
  running: number;
  /** The setting's value. */
  remembered: unknown;
  /** Whether there is a tray to stay in. */
  hasTray: boolean;
  /** Whether it waits already for runs to end before it quits. */
  waiting: boolean;
}

/** `now`: nothing is asked, runs that go on are stopped. */
export type QuitStep = "ask" | "askAgain" | "wait" | "now" | "tray";

/** A system that ends waits for nobody's answer; a remembered choice is one. */
export function quitStep({ reason, running, remembered, hasTray, waiting }: QuitFacts): QuitStep {
  if (reason === "system" || reason === "restart" || running === 0) return "now";
  if (waiting) return "askAgain";
  switch (remembered) {
    case "wait":
      return "wait";
    case "stop":
      return "now";
    case "tray":
      return hasTray ? "tray" : "ask";
    default:
      return "ask";
  }
}

export interface QuitQuestion {
  message: string;
  detail: string;
  /** What each button means; null leaves all as it is. */
  answers: readonly { label: string; choice: QuitChoice | null }[];
  /** The label of the box to tick; without one nothing is remembered. */
  remember?: string;
}

/** The question of a first request to quit. `names`: of what runs, for people; the first few are said. */
export function quitQuestion({ names, hasTray }: { names: readonly string[]; hasTray: boolean }): QuitQuestion {
  const count = names.length;
  return {
    message: count === 1 ? `${shortened(names[0] ?? "A run")} is running` : `${count} runs are going on`,
    detail: [
      ...(count === 1 ? [] : [listed(names), ""]),
      `If you wait, nothing new starts, and Almanac quits when ${count === 1 ? "it has" : "they have"} ended.`,
      `If you stop ${count === 1 ? "it, it is" : "them, they are"} marked as interrupted. Commands are not run again by themselves; workflows go on from their last finished step at the next start, where their schedule lets them.`,
    ].join("\n"),
    answers: [
      { label: "Wait, then quit", choice: "wait" },
      { label: count === 1 ? "Stop it and quit" : "Stop them and quit", choice: "stop" },
      ...(hasTray ? [{ label: "Stay in the tray", choice: "tray" as const }] : []),
      { label: "Cancel", choice: null },
    ],
    remember: "Do this every time (Settings can change it)",
  };
}

/** The question of a further request while it waits. */
export function stillWaitingQuestion(names: readonly string[]): QuitQuestion {
  const count = names.length;
  return {
    message: `Almanac quits when ${count === 1 ? `${shortened(names[0] ?? "a run")} has` : `${count} runs have`} ended`,
    detail: count === 1 ? "Nothing new starts until then." : `${listed(names)}\n\nNothing new starts until then.`,
    answers: [
      { label: "Keep waiting", choice: null },
      { label: count === 1 ? "Stop it and quit" : "Stop them and quit", choice: "stop" },
    ],
  };
}

const mostNamed = 5;
const listed = (names: readonly string[]): string => {
  const lines = names.slice(0, mostNamed).map((name) => `• ${shortened(name)}`);
  return [...lines, ...(names.length > mostNamed ? [`and ${names.length - mostNamed} more`] : [])].join("\n");
};
const shortened = (name: string): string => (name.length > 60 ? `${name.slice(0, 59)}…` : name);
