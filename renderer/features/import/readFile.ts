import { type ImportFileInput, MAX_IMPORT_BYTES } from "../../../shared/api/exchange.ts";

const base64Of = (bytes: Uint8Array): string => {
  let text = "";
  for (let from = 0; from < bytes.length; from += 0x8000)
    text += String.fromCharCode(...bytes.subarray(from, from + 0x8000));
  return btoa(text);
};

/** Bytes as they are sent: as text where they are text in UTF-8. */
export function importedFile(name: string, bytes: Uint8Array): ImportFileInput {
  try {
    return { name, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { name, base64: base64Of(bytes) };
  }
}

/** The files a person chose. Throws where they are more than is read at all: each would take the page's memory first. */
export async function readFiles(files: readonly File[]): Promise<ImportFileInput[]> {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (size > MAX_IMPORT_BYTES) {
    const what = files.length === 1 ? `${files[0]?.name} is` : "they are";
    throw new Error(`${what} too large: at most ${MAX_IMPORT_BYTES / 1_000_000} MB are allowed`);
  }
  return Promise.all(files.map(async (file) => importedFile(file.name, new Uint8Array(await file.arrayBuffer()))));
}
