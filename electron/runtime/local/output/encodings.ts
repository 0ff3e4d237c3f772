/** Shorter pieces of a value, as it is and encoded, stand in too much innocent text. */
const shortestPiece = 16;
const shortestEncoded = 8;
/** A value that is longer is no password or key, and its lines would be too many to look for. */
const longestDumped = 4_096;

/**
 * A value as it is, and as programs write it: JSON, JavaScript, Python, shells, HTML, addresses, forms, base 64 and 32,
 * hexadecimal, lists of bytes; also where these break it into lines.
 */
export function encodingsOf(value: string): Set<string> {
  const trimmed = value.trim();
  const texts = trimmed === value ? [value] : [value, trimmed];
  const forms = texts.flatMap((text) => [
    text,
    ...inStrings(text),
    ...inShells(text),
    ...inHtml(text),
    ...inAddresses(text),
  ]);
  // Lines of a key are also shown on their own.
  const lines = value.split("\n").filter((line) => line.length >= shortestPiece);
  const bytes = texts.map((text) => Buffer.from(text));
  return new Set([
    ...forms,
    ...lines,
    ...bytes.flatMap((data) => [...inBytes(data), ...inBase64(data), ...inBase32(data)]),
  ]);
}

/** String literals. */
function inStrings(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const unit = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const ascii = json.replace(/[\u0080-\uffff]/g, unit);
  const single = json.replaceAll('\\"', '"').replaceAll("'", "\\'");
  return [
    json,
    // A string with JSON in it, as JSON.
    JSON.stringify(json).slice(1, -1),
    ascii,
    ascii.replaceAll("/", "\\/"),
    json.replaceAll("/", "\\/"),
    json.replace(/[<>&]/g, unit),
    json.replaceAll("'", "\\'"),
    single,
    json.replaceAll('\\"', '"'),
  ];
}

/** As shells print what they run (`set -x`, `printf %q`). */
function inShells(text: string): string[] {
  return [text.replaceAll("'", `'\\''`), text.replaceAll("'", `'"'"'`), text.replace(/[^\w@%+=:,./-]/g, "\\$&")];
}

function inHtml(text: string): string[] {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const quoted = escaped.replaceAll('"', "&quot;");
  return [
    escaped,
    quoted,
    quoted.replaceAll("'", "&#39;"),
    quoted.replaceAll("'", "&#x27;"),
    quoted.replaceAll("'", "&#039;"),
  ];
}

function inAddresses(value: string): string[] {
  // Half a surrogate pair has no place in an address.
  const text = value.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
  const component = encodeURIComponent(text);
  const strict = component.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [
    component,
    strict,
    strict.replaceAll("%20", "+"),
    encodeURI(text),
    new URLSearchParams([["", text]]).toString().slice(1),
    // Addresses that have been parsed encode a few characters more.
    new URL(`http://host/?${component}`).search.slice(1),
  ];
  return forms.flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
}

/** Between two bytes: of dumps, fingerprints, `Buffer`s, escapes, C arrays, and lists of numbers. */
const hexSeparators = ["", " ", ":", "-", "\\x", "%", ",0x", ", 0x"] as const;
const numberSeparators = [",", ", ", " "] as const;
/** Bytes in a line of `xxd -p`, and of `od` and `xxd`. */
const plainDumpBytes = 30;
const dumpBytes = 16;

function inBytes(data: Buffer): string[] {
  const hex = [...data].map((byte) => byte.toString(16).padStart(2, "0"));
  const forms = hexSeparators.map((separator) => hex.join(separator));
  const pairs = (from: readonly string[]): string =>
    from.reduce((text, byte, at) => text + (at > 0 && at % 2 === 0 ? " " : "") + byte, "");
  forms.push(pairs(hex));
  const dumped = data.length > dumpBytes && data.length <= longestDumped ? data.length : 0;
  for (let at = 0; at < dumped; at += dumpBytes) {
    const line = hex.slice(at, at + dumpBytes);
    if (line.length * 2 < shortestEncoded) continue;
    forms.push(line.join(" "), pairs(line), `${line.slice(0, 8).join(" ")}  ${line.slice(8).join(" ")}`);
  }
  forms.push(...pieces(hex.join(""), plainDumpBytes * 2));
  const numbers = numberSeparators.map((separator) => [...data].join(separator));
  return [...forms, ...forms.map((form) => form.replace(/[a-f]/g, (digit) => digit.toUpperCase())), ...numbers];
}

/** The whole, and the part that is the same whatever stands before and after the value, for each place it can begin at. */
function inBase64(data: Buffer): string[] {
  const whole = data.toString("base64");
  const inside = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), data]).toString("base64");
    return text.slice(before === 0 ? 0 : before + 1, Math.floor(((before + data.length) * 8) / 6));
  });
  const forms = inside.filter((form) => form.length >= shortestEncoded);
  // In lines as `base64` and `openssl` break them; the last one may be followed by more.
  const lines = [76, 64].flatMap((width) => pieces(inside[0] ?? "", width));
  return [whole, ...[...forms, ...lines].flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")])];
}

const base32Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** As in base 64. */
function inBase32(data: Buffer): string[] {
  const forms = [0, 1, 2, 3, 4].map((before) => {
    const bits = [...Buffer.concat([Buffer.alloc(before), data])]
      .map((byte) => byte.toString(2).padStart(8, "0"))
      .join("");
    const groups = bits.match(/.{5}/g) ?? [];
    const text = groups.map((group) => base32Letters[Number.parseInt(group, 2)]).join("");
    return text.slice(Math.ceil((before * 8) / 5));
  });
  return forms.filter((form) => form.length >= shortestEncoded);
}

/** The lines of a text that is broken at a width, where it is. */
function pieces(text: string, width: number): string[] {
  if (text.length <= width || text.length > 2 * longestDumped) return [];
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += width) lines.push(text.slice(at, at + width));
  return lines.filter((line) => line.length >= shortestEncoded);
}
