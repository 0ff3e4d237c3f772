import { inertText } from "../../../runtime/local/output/outputText.ts";

const maxTailChars = 16_384;

/** Keeps the end of an output, whatever its length. */
export function tailText(max = maxTailChars): { push(text: string): void; end(): string } {
  let tail = "";
  let cut = false;
  return {
    push(text) {
      tail += text;
      if (tail.length <= 8 * max) return;
      tail = tail.slice(-2 * max);
      cut = true;
    },
    end() {
      const text = inertText(tail);
      return cut || text.length > max ? `…${text.slice(-max)}` : text;
    },
  };
}
