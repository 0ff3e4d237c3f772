import { createCipheriv, createDecipheriv, createHash, randomBytes, scryptSync } from "node:crypto";

/** What was sealed with another key, was not sealed although it should be, or was changed or moved on its way. */
export class NotOurs extends Error {}

/** Turns values into text for Redis and back. With a key nobody else can read them, or make others in their place. */
export interface Sealer {
  /** A short name of the key, by which two can see that theirs is the same; null without one. */
  readonly keyName: string | null;
  /** @param context where the text belongs: sealed text opens nowhere else */
  seal(value: unknown, context: string): string;
  /** @throws NotOurs */
  open(text: string, context: string): unknown;
}

const mark = "a1.";
const salt = "almanac shared key";
const known = new Map<string, Buffer>();

/** Slow on purpose, for keys that a person has thought of. */
function keyOf(sharedKey: string): Buffer {
  let key = known.get(sharedKey);
  if (key === undefined) {
    key = scryptSync(sharedKey, salt, 32, { N: 16_384, r: 8, p: 1 });
    known.set(sharedKey, key);
  }
  return key;
}

export function createSealer(sharedKey: string | null): Sealer {
  if (sharedKey === null) {
    return {
      keyName: null,
      seal: (value) => JSON.stringify(value),
      open(text) {
        if (text.startsWith(mark)) throw new NotOurs("it is sealed with a shared key, and this program was given none");
        return parse(text);
      },
    };
  }
  const key = keyOf(sharedKey);
  return {
    keyName: createHash("sha256").update("name of ").update(key).digest("hex").slice(0, 12),
    seal(value, context) {
      const iv = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(JSON.stringify(value), "utf8"), cipher.final()]);
      return mark + Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64");
    },
    open(text, context) {
      if (!text.startsWith(mark)) throw new NotOurs("it is not sealed with the shared key");
      const bytes = Buffer.from(text.slice(mark.length), "base64");
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12), { authTagLength: 16 });
        decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(12, 28));
        const body = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
        return parse(body.toString("utf8"));
      } catch (error) {
        if (error instanceof NotOurs) throw error;
        throw new NotOurs("it is sealed with another key, or was changed");
      }
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotOurs("it is not JSON");
  }
}
