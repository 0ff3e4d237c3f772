import type { ChannelConfig, ChannelSecret } from "../../../shared/domain/notifications.ts";
import { type Outgoing, SendError } from "./channel.ts";

/** Hands a mail to an SMTP server; resolves with what it answered. */
export async function sendEmail(
  config: Extract<ChannelConfig, { kind: "email" }>,
  secret: ChannelSecret,
  message: Outgoing,
  timeoutMs: number,
): Promise<string> {
  const { host, port, security, user, from, to } = config;
  // Loaded by those who send.
  const { createTransport } = await import("nodemailer");
  const transport = createTransport({
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    ...(user === null ? {} : { auth: { user, pass: secret.password ?? "" } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const { response, rejected } = await transport.sendMail({
      from,
      to,
      subject: message.title,
      text: `${message.body}\n\n${message.url}\n\nRule: ${message.rule}`,
      headers: { "X-Almanac-Event": message.event, "Auto-Submitted": "auto-generated" },
    });
    if (rejected.length > 0) return `${response}; refused for ${rejected.map(String).join(", ")}`;
    return response;
  } catch (error) {
    const { responseCode, message: text = String(error) } = error as { responseCode?: number; message?: string };
    // 5xx: the server has refused for good.
    throw new SendError(text, { isFinal: responseCode !== undefined && responseCode >= 500 });
  } finally {
    transport.close();
  }
}
