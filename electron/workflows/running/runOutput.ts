import type { LogStream } from "../../../shared/domain/run.ts";
import { createLogPipe, type LogPipeOptions } from "../../runtime/local/output/logPipe.ts";
import { createOutputText, type OutputText } from "../../runtime/local/output/outputText.ts";
import { createRedactor, type Redactor } from "../../runtime/local/output/redactor.ts";

/** What one run writes: made text of, without its secrets, at a bounded rate. */
export interface RunOutput {
  readonly redactor: Redactor;
  write(stream: LogStream, chunk: string | Buffer): void;
  /** Sends what it has written until now. */
  passOn(): void;
  /** Sends all that it has written: nothing follows. */
  end(): void;
}

export function createRunOutput(send: LogPipeOptions["send"]): RunOutput {
  const redactor = createRedactor();
  const pipe = createLogPipe({ send });
  const texts = new Map<LogStream, OutputText>();
  const textOf = (stream: LogStream): OutputText => {
    const text = texts.get(stream) ?? createOutputText(redactor);
    texts.set(stream, text);
    return text;
  };
  return {
    redactor,
    write: (stream, chunk) => pipe.write(stream, textOf(stream).push(chunk)),
    passOn: () => pipe.flush(),
    end() {
      for (const [stream, text] of texts) pipe.write(stream, text.end());
      pipe.end();
    },
  };
}
