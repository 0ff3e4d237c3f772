import type { KeyObject } from "node:crypto";
import { createPublicKey, sign, verify } from "node:crypto";
import { gt, lt, valid } from "semver";
import { parse } from "yaml";
import { z } from "zod";
import { publicKeySchema } from "../../../shared/api/updates.ts";
import { FeedRefused } from "./refused.ts";

/** Names of files alone: nothing leads out of the feed's own folder. */
export const feedFilePattern = /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,200}$/;
const feedSchema = z.object({
  version: z.string().refine((version) => valid(version) === version, "a version such as 1.2.3"),
  releaseDate: z
    .union([z.string(), z.date()])
    .transform((date) => new Date(date))
    .refine((date) => !Number.isNaN(date.getTime()), "a date such as 2026-01-31T12:00:00.000Z"),
  files: z
    .array(
      z.object({
        url: z.string().regex(feedFilePattern, "the name of a file beside the feed"),
        sha512: z.string().regex(/^[A-Za-z0-9+/]{86}==$/, "a SHA-512 in base64"),
        size: z.int().positive(),
      }),
    )
    .min(1)
    .max(50),
});

/** The newest version that a feed has, and its files. */
export interface Feed {
  version: string;
  releasedAt: Date;
  files: { url: string; sha512: string; size: number }[];
  /** Whether its signature was looked at, and was right. */
  isVerified: boolean;
}

/** The name of a feed for one system, as electron-builder names it. */
export function feedFileName(platform: NodeJS.Platform, arch: string): string {
  if (platform === "win32") return "latest.yml";
  if (platform === "darwin") return "latest-mac.yml";
  return arch === "x64" ? "latest-linux.yml" : `latest-linux-${arch}.yml`;
}

export const signatureFileName = (feed: string): string => `${feed}.sig`;

/** The name is signed, too: the feed of one system must not stand in for that of another. */
const signed = (name: string, bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from(`${name}\n`), bytes]);

/** The signature of a feed's file, as it is kept beside it: base64 and a line's end. */
export const signFeed = (name: string, bytes: Uint8Array, key: KeyObject): string =>
  `${sign(null, signed(name, bytes), key).toString("base64")}\n`;

/** The raw public key of a key pair, in base64. */
export function publicKeyText(key: KeyObject): string {
  const { x } = createPublicKey(key).export({ format: "jwk" });
  return Buffer.from(x ?? "", "base64url").toString("base64");
}

/**
 * Reads a feed's file. With a public key its signature must be right; without one nobody knows whose it is.
 * @throws FeedRefused
 */
export function readFeed(name: string, bytes: Uint8Array, signature: string | null, publicKey: string | null): Feed {
  if (publicKey !== null) checkSignature(name, bytes, signature, publicKey);
  let content: unknown;
  try {
    content = parse(Buffer.from(bytes).toString("utf8"), { maxAliasCount: 0 });
  } catch {
    throw new FeedRefused(`${name} is no YAML`);
  }
  const { data, error } = feedSchema.safeParse(content);
  if (data === undefined) {
    const [issue] = error.issues;
    throw new FeedRefused(`${name}: ${issue?.path.join(".") || "it"} is not what is expected: ${issue?.message}`);
  }
  return {
    version: data.version,
    releasedAt: data.releaseDate,
    files: data.files,
    isVerified: publicKey !== null,
  };
}

function checkSignature(name: string, bytes: Uint8Array, signature: string | null, publicKey: string): void {
  if (signature === null) throw new FeedRefused(`${name} has no signature beside it (${signatureFileName(name)})`);
  const raw = Buffer.from(publicKeySchema.parse(publicKey), "base64");
  const key = createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") },
    format: "jwk",
  });
  const given = /^[A-Za-z0-9+/]{86}==\s*$/.test(signature) ? Buffer.from(signature, "base64") : null;
  if (given === null || !verify(null, signed(name, bytes), key, given)) {
    throw new FeedRefused(
      `the signature of ${name} is not by the public key that is set: it was altered, or is another's`,
    );
  }
}

/** The newest offer that a signed feed is known to have made. */
export const seenOfferSchema = z.object({ publicKey: z.string(), version: z.string(), releasedAt: z.string() });
export type SeenOffer = z.infer<typeof seenOfferSchema>;

/**
 * Whether a feed offers something newer than what runs.
 * @throws FeedRefused where it is older than what runs, or than an offer of the same signer that was seen before: whoever
 * shows an old signed feed again would bring old faults back
 */
export function isNewer(feed: Feed, running: string, seen: SeenOffer | null): boolean {
  const when = (date: string | Date): string => new Date(date).toISOString().slice(0, 10);
  if (seen !== null && (lt(feed.version, seen.version) || feed.releasedAt.getTime() < Date.parse(seen.releasedAt))) {
    throw new FeedRefused(
      `the feed offers ${feed.version} of ${when(feed.releasedAt)}, but has offered ${seen.version} of ${when(seen.releasedAt)} before: somebody shows an old one`,
    );
  }
  if (lt(feed.version, running)) {
    throw new FeedRefused(
      `the feed offers ${feed.version}, which is older than this ${running}; older ones are never taken`,
    );
  }
  return gt(feed.version, running);
}
