import type { Readable } from "node:stream";
import type { RunnerProcess } from "../processes/runnerProcess.ts";
import { createLogPipe, type LogPipe, type LogPipeOptions } from "./logPipe.ts";
import { createOutputText, type OutputText } from "./outputText.ts";
import { createRedactor, type Redactor } from "./redactor.ts";

/** What is written to a runner's file descriptors 1 and 2 past the messages: by programs that inherit them, by the engine of JavaScript when it dies. */
export interface RawOutput {
  /** A run begins: what comes from now on is its. */
  begin(send: LogPipeOptions["send"]): void;
  /** Keeps a value that the run is given out of what it writes. */
  hide(value: string): void;
  /** Passes on what is held, before something that was said later. */
  flush(): void;
  /** Calls back once everything written until now has been read; a flood that is made to wait is not hurried on, unless `hurry`. */
  whenRead(then: () => void, hurry?: boolean): void;
  /** The run has ended: what still comes is nobody's. */
  end(): void;
  /** Resolves when all output of an ended process has been read, or it takes too long (somebody else holds the pipe). */
  drained(): Promise<unknown>;
  /** The end of the run's standard error. */
  readonly stderrTail: string;
}

/** Beyond this rate a writer waits: who reads has other things to do. */
const bytesPerWindow = 1024 * 1024;
const windowMs = 50;

/** Makes whoever floods a stream wait, from now on. */
export function limitRate(source: Readable): void {
  let inWindow = 0;
  source.on("data", (chunk: Buffer) => {
    inWindow += chunk.length;
    if (inWindow < bytesPerWindow) return;
    inWindow = 0;
    source.pause();
    setTimeout(() => source.resume(), windowMs).unref();
  });
}

/** What is left in a pipe takes a look or two to read; a program that writes without end is not waited for. */
const mostLooks = 20;
const drainedWithinMs = 250;

export function createRawOutput(process: Pick<RunnerProcess<unknown>, "onOutput">): RawOutput {
  const sources: Readable[] = [];
  let send: LogPipeOptions["send"] | null = null;
  let redactor: Redactor | null = null;
  let held: { pipe: LogPipe; texts: Record<"stdout" | "stderr", OutputText> } | null = null;
  let stderrTail = "";
  let bytesRead = 0;

  process.onOutput((stream, source) => {
    sources.push(source);
    source.on("data", (chunk: Buffer) => {
      bytesRead += chunk.length;
      if (stream === "stderr") stderrTail = (stderrTail + chunk.toString("latin1").slice(-4096)).slice(-4096);
      if (send !== null) {
        redactor ??= createRedactor();
        held ??= {
          pipe: createLogPipe({ send }),
          texts: { stdout: createOutputText(redactor), stderr: createOutputText(redactor) },
        };
        held.pipe.write(stream, held.texts[stream].push(chunk));
      }
    });
    limitRate(source);
    source.on("error", () => undefined);
  });

  return {
    begin(next) {
      send = next;
      stderrTail = "";
    },
    hide(value) {
      redactor ??= createRedactor();
      redactor.add(value);
    },
    flush: () => held?.pipe.flush(),
    whenRead(then, hurry = false) {
      const look = (before: number, left: number): void => {
        const waiting = sources.filter((source) => source.isPaused());
        if (waiting.length > 0 && !hurry) {
          then();
          return;
        }
        for (const source of waiting) source.resume();
        // Two: the system is asked what can be read between them. The answer of before the call may be older than the output.
        setImmediate(() =>
          setImmediate(() => (bytesRead === before || left === 0 ? then() : look(bytesRead, left - 1))),
        );
      };
      look(bytesRead, mostLooks);
    },
    end() {
      if (held !== null) {
        for (const stream of ["stdout", "stderr"] as const) held.pipe.write(stream, held.texts[stream].end());
        held.pipe.end();
      }
      send = null;
      redactor = null;
      held = null;
    },
    drained() {
      const ends = sources.map(
        (source) => new Promise<void>((done) => (source.closed ? done() : source.once("close", done))),
      );
      return Promise.race([Promise.all(ends), new Promise((done) => setTimeout(done, drainedWithinMs))]);
    },
    get stderrTail() {
      return stderrTail;
    },
  };
}
