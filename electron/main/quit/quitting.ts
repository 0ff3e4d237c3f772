import {
  type QuitChoice,
  type QuitQuestion,
  type QuitReason,
  quitQuestion,
  quitStep,
  stillWaitingQuestion,
} from "./quit.ts";

/** What runs that are told to stop have, before they are killed. Systems that shut down wait about five seconds. */
const forceMs = 3_000;

export interface QuittingParts {
  /** The names of the runs that would end with this process. */
  running(): string[];
  remembered(): unknown;
  remember(choice: QuitChoice): void;
  hasTray(): boolean;
  ask(question: QuitQuestion): Promise<{ choice: QuitChoice | null; remember: boolean }>;
  stayInTray(): void;
  /** Told that it waits from now on. */
  waits(): void;
  /** Ends the runs of this process and nothing else; they may end by themselves for `graceMs`. */
  stopRuns(graceMs: number, how: { forceMs: number; hurry: AbortSignal }): Promise<void>;
  /** Ends the program, once no run goes on. Never rejects. */
  end(): Promise<void>;
  warn(message: string, error: unknown): void;
}

export interface Quitting {
  /** Never rejects. */
  request(reason: QuitReason): Promise<void>;
  /** Whether it waits for runs to end, or ends already: from then on nothing new is begun. */
  readonly begun: boolean;
  /** Whether a question is open. */
  readonly asking: boolean;
  readonly waiting: boolean;
}

/**
 * The program's way out.
 *
 *   open      runs as usual
 *     → asking    a person quits while runs go on, and has no choice remembered
 *     → waiting   the person waits for runs to end; nothing new starts
 *     → ending    nothing runs, the person stops what runs, or the system ends
 *   asking    → open, waiting, ending: as answered; a request of the system overtakes the question
 *   waiting   → ending: all runs have ended, or are to be stopped after all
 *   ending    final
 */
export function createQuitting(parts: QuittingParts): Quitting {
  let state: "open" | "asking" | "waiting" | "ending" = "open";
  let askingAgain = false;
  const hurry = new AbortController();

  const endAfter = async (graceMs: number): Promise<void> => {
    try {
      await parts.stopRuns(graceMs, { forceMs, hurry: hurry.signal });
    } catch (error) {
      parts.warn("the runs could not be ended:", error);
    }
    state = "ending";
    await parts.end();
  };
  const wait = async (): Promise<void> => {
    state = "waiting";
    parts.waits();
    await endAfter(Number.POSITIVE_INFINITY);
  };
  /** `usualMs`: what runs have by themselves first. */
  const end = async (usualMs: number): Promise<void> => {
    if (state === "waiting") {
      hurry.abort();
      return;
    }
    state = "ending";
    await endAfter(usualMs);
  };

  const ask = async (names: readonly string[], hasTray: boolean): Promise<void> => {
    state = "asking";
    const { choice, remember } = await parts.ask(quitQuestion({ names, hasTray }));
    // Asked again by the system meanwhile.
    if (state !== "asking") return;
    state = "open";
    if (choice === null) return;
    if (remember) parts.remember(choice);
    if (choice === "wait") await wait();
    else if (choice === "stop") await end(0);
    else parts.stayInTray();
  };
  const askAgain = async (names: readonly string[]): Promise<void> => {
    if (askingAgain) return;
    askingAgain = true;
    const { choice } = await parts.ask(stillWaitingQuestion(names)).finally(() => {
      askingAgain = false;
    });
    if (choice === "stop") hurry.abort();
  };

  const request = async (reason: QuitReason): Promise<void> => {
    const isPersons = reason === "person" || reason === "update";
    if (state === "ending" || (state === "asking" && isPersons)) return;
    const names = parts.running();
    // An update is not installed in the tray.
    const hasTray = reason !== "update" && parts.hasTray();
    const step = quitStep({
      reason,
      running: names.length,
      remembered: parts.remembered(),
      hasTray,
      waiting: state === "waiting",
    });
    if (step === "ask") await ask(names, hasTray);
    else if (step === "askAgain") await askAgain(names);
    else if (step === "wait") await wait();
    else if (step === "tray") parts.stayInTray();
    else await end(reason === "restart" ? forceMs : 0);
  };

  return {
    async request(reason) {
      try {
        await request(reason);
      } catch (error) {
        // A program that cannot ask must still be able to end.
        parts.warn("quitting:", error);
        if (state === "asking") state = "open";
        if (state === "open") await end(0);
      }
    },
    get begun() {
      return state === "waiting" || state === "ending";
    },
    get asking() {
      return state === "asking";
    },
    get waiting() {
      return state === "waiting";
    },
  };
}
