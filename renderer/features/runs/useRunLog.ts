import { useCallback, useEffect, useRef, useState } from "react";
import { client } from "../../api/client.ts";
import { useChanges } from "../../api/live.ts";
import { appendLog, emptyLog, type LogModel } from "../../components/logLines.ts";

const pageSize = 2000;

/** A run's log, read page by page and then as it grows; one reading at a time, none missed. */
export function useRunLog(runId: string, live: boolean) {
  const [log, setLog] = useState<LogModel>(emptyLog);
  const [droppedBytes, setDroppedBytes] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const state = useRef({ reading: false, again: false, after: -1, ended: false });

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
        const page = await client.runs.logs.query({ runId, after: current.after, limit: pageSize });
        if (current.ended) return;
        current.after = Math.max(current.after, ...page.chunks.map((chunk) => chunk.sequence));
        setDroppedBytes(page.droppedBytes);
        setLog((before) => appendLog(before, page.chunks));
        if (page.chunks.length === pageSize) current.again = true;
      } while (current.again);
      setError(null);
    } catch (caught) {
      setError(caught);
    } finally {
      current.reading = false;
    }
  }, [runId]);

  useEffect(() => {
    const current = { reading: false, again: false, after: -1, ended: false };
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

  useChanges((events) => {
    const concerned = events.some(
      (event) =>
        (event.topic === "logs" || event.topic === "runs") && (event.ids === undefined || event.ids.includes(runId)),
    );
    if (concerned) read();
  });

  return { lines: log.lines, droppedBytes, error, reread: read };
}
