import { EnvHttpProxyAgent, fetch } from "undici";

const mostBytes = 64 * 1024;
const timeoutMs = 15_000;

/**
 * What is at an address, over the proxies that the environment names; null where there is nothing. It follows nobody
 * elsewhere, and takes little: feeds are small.
 */
export async function fetchSmall(url: URL): Promise<Uint8Array | null> {
  const dispatcher = new EnvHttpProxyAgent();
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = { "cache-control": "no-cache", "user-agent": "Almanac" };
    const response = await fetch(url, { dispatcher, redirect: "manual", signal, headers });
    if (response.status === 404) return null;
    if (response.status !== 200) throw new Error(`it answered with ${response.status}`);
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response.body ?? []) {
      const bytes = chunk as Uint8Array;
      length += bytes.length;
      if (length > mostBytes) throw new Error(`it sent more than ${mostBytes / 1024} KiB`);
      chunks.push(bytes);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw new Error(`${url.href} could not be read: ${reason(error)}`);
  } finally {
    await dispatcher.destroy().catch(() => undefined);
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${timeoutMs / 1000} s`;
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}
