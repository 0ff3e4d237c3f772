import type { ImportFile } from "./found.ts";

/** Bytes as text: by their byte-order mark, as UTF-16 where every second one is zero, else as UTF-8. */
export function decodeFile(name: string, bytes: Uint8Array): ImportFile {
  if (startsWith(bytes, "bplist")) return { name, text: "", bytes };
  return { name, text: withoutMark(new TextDecoder(encodingOf(bytes)).decode(bytes)), bytes: null };
}

export const textFile = (name: string, text: string): ImportFile => ({ name, text: withoutMark(text), bytes: null });

const withoutMark = (text: string): string => text.replace(/^\uFEFF/, "");

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  [...text].every((char, i) => bytes[i] === char.charCodeAt(0));

function encodingOf(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  const [first, second, third, fourth] = bytes;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  // Some programs write no mark; what is read here begins with letters of ASCII.
  if (second === 0 && fourth === 0 && first !== 0) return "utf-16le";
  return first === 0 && third === 0 && second !== 0 ? "utf-16be" : "utf-8";
}
