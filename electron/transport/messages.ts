import { jsonEncoder } from "@trpc/server/adapters/ws";

/** More than any call of ours: a whole import, escaped. */
export const maxMessageBytes = 16 * 1024 * 1024;

/** A page sends what it asks at one moment together; at its start that is some twenty calls. */
const maxBatch = 256;

/** JSON both ways; a message that holds more calls than any page sends at once is refused as a whole. */
export const messageEncoder: typeof jsonEncoder = {
  encode: jsonEncoder.encode,
  decode(data) {
    const message = jsonEncoder.decode(data);
    if (Array.isArray(message) && message.length > maxBatch)
      throw new Error(`at most ${maxBatch} calls in one message`);
    return message;
  },
};
