import type { CalendarReading } from "../../../shared/api/calendars.ts";
import { joined } from "../../../shared/api/parts.ts";

/** What is told of a reading, from its beginning: again where the connection was lost and came back. */
export interface Told<T> {
  onStarted: () => void;
  onData: (data: CalendarReading<T>) => void;
  onError: (error: unknown) => void;
}

/** Reads what is told in parts. `tell` hears how much is read (0 to 1). */
export const readTold = <T extends object>(
  subscribe: (told: Told<T>) => { unsubscribe: () => void },
  signal: AbortSignal,
  tell: (done: number) => void,
): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    let parts: Partial<T>[] = [];
    const reading = subscribe({
      onStarted: () => {
        parts = [];
        tell(0);
      },
      onData: (told) => {
        if ("range" in told) resolve(joined(parts, told.range));
        else if ("part" in told) parts.push(told.part);
        else tell(told.done);
      },
      onError: reject,
    });
    signal.addEventListener("abort", () => {
      reading.unsubscribe();
      reject(signal.reason);
    });
  });
