import { StringDecoder } from "node:string_decoder";

/** Makes text of a program's output, piece by piece; `inertText` makes it fit to be shown, once it is known what is kept of it. */
export interface OutputText {
  push(chunk: Buffer | string): string;
  /** What was held back for want of its other half. */
  end(): string;
}

// Colours are dropped, anything else that a terminal would act on is shown instead.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const colour = /\u001b\[[0-9;:]*m/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const halfColour = /\u001b(\[[0-9;:]{0,24})?$/;
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Valid text without anything that a terminal or page would obey: escapes are shown, invalid bytes become U+FFFD. */
export function inertText(text: string): string {
  return text.replace(colour, "").replace(control, shown).replace(loneSurrogate, "\ufffd");
}

function shown(char: string): string {
  const code = char.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : "\ufffd";
}

/** `hide` replaces secrets; text that may be the start of one (`holdBack` characters at most) waits for what follows. */
export function createOutputText(
  hide: { hide(text: string): string; heldBack(text: string): number } = { hide: (text) => text, heldBack: () => 0 },
): OutputText {
  const decoder = new StringDecoder("utf8");
  let carry = "";
  return {
    push(chunk) {
      let text = carry + (typeof chunk === "string" ? chunk : decoder.write(chunk));
      const held = Math.max(hide.heldBack(text), halfColour.exec(text.slice(-32))?.[0].length ?? 0, halfPair(text));
      carry = held === 0 ? "" : text.slice(-held);
      if (held > 0) text = text.slice(0, -held);
      return hide.hide(text);
    },
    end() {
      const rest = hide.hide(carry + decoder.end());
      carry = "";
      return rest;
    },
  };
}

function halfPair(text: string): number {
  const code = text.charCodeAt(text.length - 1);
  return code >= 0xd800 && code <= 0xdbff ? 1 : 0;
}
