import { assertNever } from "../../../shared/domain/errors.ts";
import { type ChannelSecret, desktopAnswers, type NotificationChannel } from "../../../shared/domain/notifications.ts";
import { inert, type Outgoing, SendError } from "./channel.ts";
import { sendCommand } from "./command.ts";
import { sendEmail } from "./email.ts";
import { sendWebhook } from "./webhook.ts";

/** No channel is waited for longer. */
const TIMEOUT_MS = 20_000;

export type Sender = typeof sendThrough;

/** Sends a message through a channel. Resolves with the answer; throws SendError, neither with anything secret in it. */
export async function sendThrough(
  { config }: Pick<NotificationChannel, "config">,
  secret: ChannelSecret,
  message: Outgoing,
  timeoutMs = TIMEOUT_MS,
): Promise<string> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await (() => {
      switch (config.kind) {
        case "desktop":
          return desktopAnswers.left;
        case "webhook":
          return sendWebhook(config, secret, message, signal);
        case "email":
          return sendEmail(config, secret, message, timeoutMs);
        case "command":
          return sendCommand(config, message, signal);
        default:
          return assertNever(config);
      }
    })();
    return inert(answer, secret);
  } catch (error) {
    const said = signal.aborted ? `no answer within ${timeoutMs / 1000} s` : faultText(error);
    const options = error instanceof SendError ? { isFinal: error.isFinal, retryAfterMs: error.retryAfterMs } : {};
    // Without its cause: what is secret may stand there.
    throw new SendError(inert(said, secret), options);
  }
}

/** Errors of connections to several addresses have no message of their own. */
function faultText(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(faultText).join("; ");
  if (!(error instanceof Error)) return String(error);
  return error.message === "" ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
}
