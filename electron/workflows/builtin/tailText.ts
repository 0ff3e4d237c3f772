import { createOutputText } from "../../runtime/local/outputText.ts";

const maxTailChars = 16_384;

/** Keeps the end of an output as text, whatever its length. */
export function tailText(max = maxTailChars): { push(chunk: Buffer): void; end(): string } {
  const text = createOutputText();
  let tail = "";
  let cut = false;
  const keep = (piece: string): void => {
    tail += piece;
    if (tail.length <= max) return;
    cut = true;
    tail = tail.slice(-max);
  };
  return {
    // What cannot be in the tail is not even decoded.
    push: (chunk) => keep(text.push(chunk.length > 4 * max ? chunk.subarray(-4 * max) : chunk)),
    end() {
      keep(text.end());
      return cut ? `…${tail}` : tail;
    },
  };
}
