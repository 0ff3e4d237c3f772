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
      // As it is, and as it looks in addresses and in basic authentication; long lines of a key on their own as well.
      const lines = value.split("\n").filter((line) => line.length >= 16);
      const forms = [value, value.trim(), encodeURIComponent(value), Buffer.from(value).toString("base64"), ...lines];
      for (const form of forms) if (form.length >= shortest) values.add(form);
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
        for (let size = Math.min(value.length - 1, text.length); size > most; size--) {
          if (text.endsWith(value.slice(0, size))) {
            most = size;
            break;
          }
        }
      }
      return most;
    },
  };
}
