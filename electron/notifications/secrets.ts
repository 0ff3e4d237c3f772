import { channelSecretSchema } from "../../shared/api/notifications.ts";
import type { ChannelSecret } from "../../shared/domain/notifications.ts";

/** The secret store, as far as channels need it. */
export interface SecretAccess {
  get(key: SecretKey): string | null;
  set(key: SecretKey, value: string): void;
  delete(key: SecretKey): void;
}
type SecretKey = `notification ${string}`;

/** What is secret about channels: one entry of the secret store each. */
export function createChannelSecrets(secrets: SecretAccess) {
  const entryOf = (channel: string): SecretKey => `notification ${channel}`;
  /** Throws where this program may not read it. */
  const read = (channel: string): ChannelSecret => {
    const text = secrets.get(entryOf(channel));
    if (text === null) return {};
    try {
      return channelSecretSchema.parse(JSON.parse(text));
    } catch {
      throw new Error(
        `what is secret about ${channel} cannot be read: set the channel's address, token or password again`,
      );
    }
  };
  return {
    read,
    parts(channel: string): (keyof ChannelSecret)[] | null {
      try {
        return Object.keys(read(channel)) as (keyof ChannelSecret)[];
      } catch {
        return null;
      }
    },
    write(channel: string, secret: ChannelSecret): void {
      if (Object.keys(secret).length === 0) secrets.delete(entryOf(channel));
      else secrets.set(entryOf(channel), JSON.stringify(secret));
    },
    remove: (channel: string): void => secrets.delete(entryOf(channel)),
  };
}
