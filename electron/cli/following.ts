import type { Backfill } from "../../shared/domain/backfill.ts";
import { AppError } from "../../shared/domain/errors.ts";
import type { Run } from "../../shared/domain/run.ts";
import type { AlmanacApp } from "../api/context.ts";
import { untilInterrupted } from "./interrupt.ts";
import { type CliIo, createProgress, timeLeftText } from "./output.ts";

const interrupted = (what: string): AppError =>
  new AppError("INTERNAL", `interrupted; ${what} goes on where it was when an engine runs`);

/** Waits until a run has ended for good; `changed` is called whenever something of it may be new. Ctrl-C gives up waiting. */
export async function waitForRun(
  app: AlmanacApp,
  runId: string,
  signal?: AbortSignal,
  changed: () => Promise<void> = async () => {},
): Promise<Run> {
  const interrupt = untilInterrupted();
  const stop = app.engine.onChange((events) => {
    const concerned = events.some(
      ({ topic, ids }) => (topic === "runs" || topic === "logs") && (ids?.includes(runId) ?? true),
    );
    if (concerned) changed().catch(() => {});
  });
  try {
    return await app.engine.waitForRun(
      runId,
      signal === undefined ? interrupt.signal : AbortSignal.any([signal, interrupt.signal]),
    );
  } catch (error) {
    throw interrupt.signal.aborted ? interrupted("the run") : error;
  } finally {
    stop();
    interrupt.done();
  }
}

/** Waits until a backfill has ended and shows how far it is. Ctrl-C gives up waiting. */
export async function waitForBackfill(io: CliIo, app: AlmanacApp, backfillId: string): Promise<Backfill> {
  const interrupt = untilInterrupted();
  const progress = createProgress(io);
  const show = (): void => {
    const { total, completed, failed, cancelled, timeLeftMs, status } = app.engine.backfills.get(backfillId);
    const words = [
      failed > 0 ? ` · ${failed} failed` : "",
      cancelled > 0 ? ` · ${cancelled} cancelled` : "",
      timeLeftMs === null ? "" : ` · ${timeLeftText(timeLeftMs)} left`,
      status === "running" ? "" : ` · ${status}`,
    ];
    progress.show(completed + failed + cancelled, total, words.join(""));
  };
  const stop = app.engine.onChange((events) => {
    if (events.some(({ topic }) => topic === "backfills" || topic === "runs")) show();
  });
  try {
    show();
    const ended = await app.engine.backfills.waitFor(backfillId, interrupt.signal);
    show();
    return ended;
  } catch (error) {
    throw interrupt.signal.aborted ? interrupted("the backfill") : error;
  } finally {
    stop();
    progress.end();
    interrupt.done();
  }
}
