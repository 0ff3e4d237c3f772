import type { FromRunner } from "../messages/protocol.ts";
import type { RawOutput } from "../output/rawOutput.ts";

type Log = Extract<FromRunner, { type: "log" }>;

/**
 * What a run prints comes as messages, what its programs write comes over pipes, and each reaches us whenever the system
 * hands it over. Messages that were sent after a program was started wait until what programs had written has been read.
 */
export interface OutputOrder {
  /** `behindPrograms`: the run had started programs when it printed this. */
  print(message: Log, behindPrograms: boolean): void;
  /** Passes on what waits. */
  flush(): void;
}

export function createOutputOrder(
  raw: Pick<RawOutput, "flush" | "whenRead">,
  pass: (message: Log) => void,
): OutputOrder {
  let waiting: Log[] = [];
  const flush = (): void => {
    const messages = waiting;
    waiting = [];
    if (messages.length === 0) return;
    raw.flush();
    for (const message of messages) pass(message);
  };
  return {
    print(message, behindPrograms) {
      if (waiting.push(message) > 1) return;
      if (behindPrograms) raw.whenRead(flush);
      else flush();
    },
    flush,
  };
}
