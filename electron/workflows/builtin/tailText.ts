import { inertText } from "../../runtime/local/output/outputText.ts";

const maxTailChars = 16_384;

/** Keeps the end of an output, whatever its length, and makes text of it in the end. */
export function tailText(max = maxTailChars): { push(chunk: Buffer): void; end(): string } {
  // No character takes more bytes than four.
  const maxBytes = max * 4;
  let tail: Buffer[] = [];
  let size = 0;
  let cut = false;
  const compact = (): void => {
    const whole = Buffer.concat(tail);
    cut ||= whole.length > maxBytes;
    const kept = whole.subarray(-maxBytes);
    tail = [kept];
    size = kept.length;
  };
  return {
    push(chunk) {
      tail.push(chunk);
      size += chunk.length;
      if (size > 4 * maxBytes) compact();
    },
    end() {
      compact();
      const text = inertText(Buffer.concat(tail).toString("utf8"));
      return cut || text.length > max ? `…${text.slice(-max)}` : text;
    },
  };
}
