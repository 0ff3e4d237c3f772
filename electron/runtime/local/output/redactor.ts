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
      for (const form of formsOf(value)) if (form.length >= shortest) values.add(form);
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

/** A value as it is, and as JSON, addresses, forms and base 64 write it. */
function formsOf(value: string): string[] {
  const plain = [value, value.trim()];
  // Lines of a key are also shown on their own.
  const lines = value.split("\n").filter((line) => line.length >= 16);
  const inText = plain.flatMap((text) => [text, ...inAddresses(text), JSON.stringify(text).slice(1, -1)]);
  return [...inText, ...lines, ...inBase64(value)];
}

function inAddresses(value: string): string[] {
  // Half a surrogate pair has no place in an address.
  const text = value.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
  const component = encodeURIComponent(text);
  return [
    component,
    encodeURI(text),
    new URLSearchParams([["", text]]).toString().slice(1),
    // Addresses that have been parsed encode a few characters more.
    new URL(`http://host/?${component}`).search.slice(1),
  ];
}

/** The part of a value's base 64 that is the same whatever stands before and after it, for each of the three places it can begin at. */
function inBase64(value: string): string[] {
  const bytes = Buffer.from(value);
  const forms = [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const whole = text.slice(before === 0 ? 0 : before + 1, Math.floor(((before + bytes.length) * 8) / 6));
    return [whole, whole.replaceAll("+", "-").replaceAll("/", "_")];
  });
  return [bytes.toString("base64"), ...forms.filter((form) => form.length >= 2 * shortest)];
}
