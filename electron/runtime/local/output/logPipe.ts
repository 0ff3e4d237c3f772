import type { LogStream } from "../../../../shared/domain/run.ts";
import { inertText } from "./outputText.ts";

/** How much text a run may send: at once, and per second from then on. What is beyond is left out, newest kept. */
export const burstChars = 1024 * 1024;
export const charsPerSecond = 64 * 1024;
/** A piece counts as so many more: what alternates between streams would else be a message a character. */
export const charsPerPiece = 64;
const heldChars = 256 * 1024;
const pieceChars = 32 * 1024;
const flushMs = 25;

export interface LogPipe {
  write(stream: LogStream, text: string): void;
  /** Sends what is held now, as far as the rate allows. */
  flush(): void;
  /** Sends what is held, beyond the rate if need be. */
  end(): void;
}

export interface LogPipeOptions {
  send: (at: number, stream: LogStream, text: string) => void;
  now?: () => number;
}

/**
 * Takes a run's output as fast as it comes and passes it on in order, in pieces, at a bounded rate and from bounded
 * memory, fit to be shown: a program that floods loses the middle of its output, and a line says how much.
 */
export function createLogPipe({ send, now = Date.now }: LogPipeOptions): LogPipe {
  let held: { stream: LogStream; text: string }[] = [];
  let heldSize = 0;
  let dropped = 0;
  let budget = burstChars;
  let filledAt = now();
  let timer: NodeJS.Timeout | null = null;

  const refill = (): void => {
    const at = now();
    budget = Math.min(burstChars, budget + (Math.max(0, at - filledAt) * charsPerSecond) / 1000);
    filledAt = at;
  };

  const passOn = (limit: number): void => {
    if (dropped > 0 && held.length > 0 && limit > 0) {
      send(now(), "system", `[truncated ${dropped} bytes of output]\n`);
      dropped = 0;
    }
    let left = limit;
    while (left > 0) {
      const first = held[0];
      if (first === undefined) break;
      const size = wholeChars(first.text, Math.min(left, pieceChars));
      if (size === 0) break;
      send(now(), first.stream, inertText(first.text.slice(0, size)));
      left -= size + charsPerPiece;
      budget -= size + charsPerPiece;
      heldSize -= size;
      if (size === first.text.length) {
        heldSize -= charsPerPiece;
        held.shift();
      } else first.text = first.text.slice(size);
    }
  };

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (heldSize === 0) return;
    refill();
    passOn(Math.floor(budget));
    if (heldSize > 0) schedule();
  };

  const schedule = (): void => {
    timer ??= setTimeout(flush, flushMs);
    timer.unref();
  };

  return {
    write(stream, text) {
      if (text === "") return;
      const last = held.at(-1);
      if (last !== undefined && last.stream === stream && last.text.length < pieceChars) last.text += text;
      else {
        held.push({ stream, text });
        heldSize += charsPerPiece;
      }
      heldSize += text.length;
      // A loop that never yields must not collect its whole output here first.
      if (heldSize >= pieceChars) {
        refill();
        if (budget >= pieceChars) passOn(Math.floor(budget));
      }
      while (heldSize > heldChars) {
        const first = held[0];
        if (first === undefined) break;
        // Whole pieces: cutting a little off for every line of a flood would cost more than the flood.
        const cut = held.length > 1 ? first.text.length : wholeChars(first.text, heldSize - heldChars + 1);
        dropped += Buffer.byteLength(first.text.slice(0, cut));
        heldSize -= cut;
        if (cut === first.text.length) {
          heldSize -= charsPerPiece;
          held.shift();
        } else first.text = first.text.slice(cut);
      }
      if (heldSize > 0) schedule();
    },
    flush,
    end() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      passOn(heldChars);
      held = [];
      heldSize = 0;
    },
  };
}

/** At most `size` characters, never half of a surrogate pair. */
function wholeChars(text: string, size: number): number {
  if (size >= text.length) return text.length;
  const code = text.charCodeAt(size - 1);
  return code >= 0xd800 && code <= 0xdbff ? size - 1 : size;
}
