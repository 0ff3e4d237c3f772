import type { ChannelConfig, ChannelSecret } from "../../../shared/domain/notifications.ts";
import { type Outgoing, SendError } from "./channel.ts";
import { requestOf } from "./payloads.ts";

const MOST_READ = 4096;

/** Posts to a service; resolves with what it answered. */
export async function sendWebhook(
  config: Extract<ChannelConfig, { kind: "webhook" }>,
  secret: ChannelSecret,
  message: Outgoing,
  signal: AbortSignal,
): Promise<string> {
  const { url, body, headers } = requestOf(config, secret, message);
  // Loaded by those who send.
  const { request } = await import("undici");
  const {
    statusCode,
    statusText,
    headers: answered,
    body: stream,
  } = await request(url, {
    method: "POST",
    headers: { "user-agent": "Almanac", ...headers },
    body,
    signal,
  });
  let text = "";
  // Read to its end only where that is near: a connection that is left is closed.
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.length > MOST_READ) break;
  }
  const said = `${statusCode} ${statusText}${text.trim() === "" ? "" : `: ${text.trim()}`}`;
  if (statusCode >= 200 && statusCode < 300) return said;
  const retryAfter = Number(answered["retry-after"]);
  throw new SendError(said, {
    isFinal: statusCode >= 300 && statusCode < 500 && ![408, 425, 429].includes(statusCode),
    retryAfterMs: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter * 1000 : null,
  });
}
