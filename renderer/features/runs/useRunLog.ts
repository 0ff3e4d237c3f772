import { useCallback, useEffect, useRef, useState } from "react";
import type { LogChunk } from "../../../shared/domain/run.ts";
import { reader } from "../../api/client.ts";
import { useLostAt } from "../../api/connection.ts";
import { useChanges } from "../../api/live.ts";
import { appendLog, emptyLog, type LogModel } from "../../components/values/logLines.ts";

const pageSize = 2000;
/** Read in one go; the page is drawn between two of them. */
const sliceChars = 64 * 1024;
/** Twice what the engine keeps of a log: beyond that, what it kept is read anew. */
const mostChars = 2 * 1024 * 1024;

const startOf = () => ({ log: emptyLog as LogModel, chars: 0, anew: false });

/** A run's log, read page by page and then as it grows; one reading at a time, none missed. */
export function useRunLog(runId: string, live: boolean) {
  const [log, setLog] = useState<LogModel>(emptyLog);
  const [droppedBytes, setDroppedBytes] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const state = useRef({ reading: false, again: false, ended: false, ...startOf() });

  const read = useCallback(async () => {
    const current = state.current;
    if (current.reading) {
      current.again = true;
      return;
    }
    current.reading = true;
    try {
      do {
        current.again = false;
        const page = await reader.runs.logs.query({ runId, after: current.log.lastSequence, limit: pageSize });
        if (current.ended) return;
        setDroppedBytes(page.droppedBytes);
        for (const slice of slicesOf(page.chunks)) {
          current.log = appendLog(current.log, slice);
          current.chars += slice.reduce((sum, chunk) => sum + chunk.text.length, 0);
          // While it is read anew, the page keeps what it shows.
          if (!current.anew) setLog(current.log);
          await new Promise((next) => setTimeout(next));
          if (current.ended) return;
        }
        if (page.chunks.length === pageSize) {
          current.again = true;
        } else if (current.anew) {
          current.anew = false;
          setLog(current.log);
        } else if (current.chars > mostChars) {
          Object.assign(current, startOf(), { anew: true, again: true });
        }
      } while (current.again);
      setError(null);
    } catch (caught) {
      setError(caught);
    } finally {
      current.reading = false;
    }
  }, [runId]);

  useEffect(() => {
    const current = { reading: false, again: false, ended: false, ...startOf() };
    state.current = current;
    setLog(emptyLog);
    read();
    return () => {
      current.ended = true;
    };
  }, [read]);

  // What was printed just before the end arrives with the change of the run's status.
  useEffect(() => {
    if (!live) read();
  }, [live, read]);

  const lostAt = useLostAt();
  const lost = useRef(false);
  useEffect(() => {
    // What was printed meanwhile has been told to nobody.
    if (lostAt === null && lost.current) read();
    lost.current = lostAt !== null;
  }, [lostAt, read]);

  useChanges((events) => {
    const concerned = events.some(
      (event) =>
        (event.topic === "logs" || event.topic === "runs") && (event.ids === undefined || event.ids.includes(runId)),
    );
    if (concerned) read();
  });

  return { lines: log.lines, droppedBytes, error, reread: read };
}

function* slicesOf(chunks: readonly LogChunk[]): Generator<LogChunk[]> {
  let slice: LogChunk[] = [];
  let chars = 0;
  for (const chunk of chunks) {
    slice.push(chunk);
    chars += chunk.text.length;
    if (chars < sliceChars) continue;
    yield slice;
    slice = [];
    chars = 0;
  }
  if (slice.length > 0) yield slice;
}
