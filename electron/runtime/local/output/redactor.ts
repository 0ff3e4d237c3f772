import { encodingsOf } from "./encodings.ts";

const hidden = "••••••";

/** Keeps the secrets that a run has been handed out of everything it writes. */
export interface Redactor {
  add(value: string): void;
  hide(text: string): string;
  /** How many characters at the end may be the beginning of a secret whose rest is still to come. */
  heldBack(text: string): number;
}

/** Shorter values stand in too much innocent text: hiding them would tell where they are. */
const shortest = 4;

export function createRedactor(): Redactor {
  const values = new Set<string>();
  let ordered: string[] = [];
  return {
    add(value) {
      for (const form of encodingsOf(value)) if (form.length >= shortest) values.add(form);
      ordered = [...values].sort((a, b) => b.length - a.length);
    },
    hide(text) {
      let clean = text;
      for (const value of ordered) if (clean.includes(value)) clean = clean.replaceAll(value, hidden);
      return clean;
    },
    heldBack(text) {
      let most = 0;
      for (const value of ordered) {
        // The earliest place from which on the text is how the value begins.
        const from = Math.max(0, text.length - value.length + 1);
        let at = text.indexOf(value.charAt(0), from);
        while (at >= 0 && !value.startsWith(text.slice(at))) at = text.indexOf(value.charAt(0), at + 1);
        if (at >= 0) most = Math.max(most, text.length - at);
      }
      return most;
    },
  };
}
