import { MIMEType } from "node:util";
import type { Response } from "undici";
import { createOutputDecoder, isKnownEncoding } from "../commands/textDecoder.ts";

const maxBodyBytes = 256 * 1024;

/** The body up to a limit; the rest is not fetched. JSON is parsed, text is text, anything else is counted. */
export async function readBody(response: Response): Promise<{ body: unknown; bytes: number; truncated: boolean }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    const part = chunk as Uint8Array;
    bytes += part.length;
    chunks.push(part);
    // Leaving the loop ends the transfer.
    if (bytes > maxBodyBytes) break;
  }
  const truncated = bytes > maxBodyBytes;
  const data = Buffer.concat(chunks).subarray(0, maxBodyBytes);
  const { essence, charset } = typeOf(response.headers.get("content-type"));
  const decoder = createOutputDecoder(charset ?? "detect");
  const text = (): string => decoder.push(data) + decoder.end();
  if (/[/+]json$/.test(essence) && !truncated) {
    const parsed = parsedJson(text());
    return parsed === undefined
      ? { body: data.toString("utf8"), bytes, truncated }
      : { body: parsed, bytes, truncated };
  }
  // Zeros are part of text in the wide encodings alone.
  const isBinary = data.includes(0) && !isWide(charset, data);
  return { body: isBinary ? null : text(), bytes, truncated };
}

/** The headers by name; those of cookies, of which there may be many, as they came. */
export function headersOf(response: Response): Record<string, string | string[]> {
  const cookies = response.headers.getSetCookie();
  return { ...Object.fromEntries(response.headers), ...(cookies.length === 0 ? {} : { "set-cookie": cookies }) };
}

/** The cookies that an answer sets, each taken apart. */
export async function cookiesOf(response: Response): Promise<unknown[]> {
  if (!response.headers.has("set-cookie")) return [];
  const { getSetCookies } = await import("undici");
  // As JSON: with dates as texts, without what is not set.
  return JSON.parse(JSON.stringify(getSetCookies(response.headers))) as unknown[];
}

export function isAccepted(statuses: string, status: number): boolean {
  return statuses.split(",").some((range) => {
    const [from = 0, to = from] = range.split("-").map(Number);
    return status >= from && status <= to;
  });
}

export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function typeOf(header: string | null): { essence: string; charset: string | null } {
  try {
    const type = new MIMEType(header ?? "");
    const charset = type.params.get("charset");
    return { essence: type.essence, charset: charset !== null && isKnownEncoding(charset) ? charset : null };
  } catch {
    return { essence: "", charset: null };
  }
}

function isWide(charset: string | null, data: Buffer): boolean {
  return charset === null
    ? /^(\xff\xfe|\xfe\xff)/.test(data.toString("latin1", 0, 2))
    : /^(utf-?16|utf-?32|ucs)/i.test(charset);
}
