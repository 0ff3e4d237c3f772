import { z } from "zod";
import { type ListeningState, listenPortSchema } from "../../shared/api/listening.ts";
import { AppError } from "../../shared/domain/errors.ts";
import type { Engine } from "../engine/contract.ts";

/** Setting: the port at which the desktop program answers programs of this machine; null, as at first, is none. */
export const listenSetting = "desktop.listenPort";
/** A port that was taken may be free later. */
const retryMs = 15_000;

/** What answers at a port until it is closed. */
export interface Listener {
  readonly origin: string;
  close(): Promise<void>;
}

/** Answers programs at the port that the settings name, while they name one; `open` throws AppError where it cannot. */
export function createListening(options: {
  engine: Pick<Engine, "getSettings" | "setSetting" | "onChange">;
  open: (port: number) => Promise<Listener>;
  /** Tells pages that it is another state now. */
  changed: () => void;
  logger: Pick<Console, "warn">;
}) {
  const { engine, open, changed, logger } = options;
  let current: { port: number; listener: Listener } | null = null;
  let error: string | null = null;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;
  /** One after the other: a port is given back before it is taken again. */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => {});
    return next;
  };

  const wanted = (): number | null =>
    z
      .nullable(listenPortSchema)
      .catch(null)
      .parse(engine.getSettings()[listenSetting] ?? null);

  async function stop(): Promise<void> {
    const before = current;
    current = null;
    await before?.listener.close();
  }

  const state = (): ListeningState => ({ port: wanted(), origin: current?.listener.origin ?? null, error });
  let told = "";
  function tell(): void {
    const now = JSON.stringify([current?.port, error]);
    if (now === told || closed) return;
    told = now;
    try {
      changed();
    } catch (caught) {
      logger.warn("pages could not be told where it listens:", caught);
    }
  }

  /** Brings it to what the settings say. */
  async function apply(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const port = closed ? null : wanted();
    if (port !== (current?.port ?? null)) await stop();
    if (port === null) error = null;
    else if (current === null) {
      try {
        current = { port, listener: await open(port) };
        error = null;
      } catch (caught) {
        error = caught instanceof Error ? caught.message : String(caught);
        logger.warn(`programs of this machine are not answered: ${error}`);
        timer = setTimeout(() => void inTurn(apply), retryMs).unref();
      }
    }
    tell();
  }

  const stopFollowing = engine.onChange((events) => {
    if (events.some(({ topic }) => topic === "settings")) void inTurn(apply);
  });

  return {
    state,
    start: (): Promise<void> => inTurn(apply),
    /** Throws CONFLICT, and leaves all as it is, where the port cannot be had. */
    choose: (port: number | null): Promise<ListeningState> =>
      inTurn(async () => {
        if (port !== null && port !== current?.port) {
          const listener = await open(port);
          const before = current;
          current = { port, listener };
          await before?.listener.close();
        }
        if (port === null) await stop();
        error = null;
        engine.setSetting(listenSetting, port);
        tell();
        return state();
      }),
    async close(): Promise<void> {
      closed = true;
      stopFollowing();
      await inTurn(apply);
    },
  };
}
export type Listening = ReturnType<typeof createListening>;

/** Throws CONFLICT where this program does not listen by itself. */
export function listeningOf(listening: Listening | null): Listening {
  if (listening !== null) return listening;
  throw new AppError(
    "CONFLICT",
    "only the desktop program listens where it is asked to; `almanac serve` does as it was started",
  );
}
