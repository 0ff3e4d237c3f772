import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** What tokens begin with, so that scanners for leaked secrets know them. */
export const tokenPrefix = "almanac_";

/** A secret of 256 random bits under an id that may be shown; only its hash is kept. */
export interface Credential {
  id: string;
  /** What its holder is given: prefix, id, a dot, secret. */
  text: string;
  secretHash: Buffer;
}

/** `id`: of what has one already, and is given another secret. */
export function createCredential(prefix = "", id = randomBytes(9).toString("base64url")): Credential {
  const secret = randomBytes(32).toString("base64url");
  return { id, text: `${prefix}${id}.${secret}`, secretHash: hashOfSecret(secret) };
}

/** The parts of what somebody has sent; null where it cannot be one of ours. */
export function readCredential(text: unknown, prefix = ""): { id: string; secretHash: Buffer } | null {
  if (typeof text !== "string" || text.length > 200 || !text.startsWith(prefix)) return null;
  const match = /^([\w-]{12})\.([\w-]{43})$/.exec(text.slice(prefix.length));
  return match === null ? null : { id: match[1] ?? "", secretHash: hashOfSecret(match[2] ?? "") };
}

/** Compares without telling by its time how much was right. Secrets are random, so a fast hash is enough. */
export const sameHash = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

const hashOfSecret = (secret: string): Buffer => createHash("sha256").update(secret).digest();
