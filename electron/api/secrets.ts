import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { SecretInfo } from "../../shared/api/system.ts";
import { AppError, invalidField } from "../../shared/domain/errors.ts";

/** Named values that workflows use and that no log, result or export shows. */
export interface SecretStore {
  list(): SecretInfo[];
  /** The value, for a run that asks; null where there is none. */
  get(name: string): string | null;
  set(name: string, value: string): void;
  delete(name: string): void;
  readonly own: OwnSecrets;
  /** All values, the program's own too, for what must show none of them; `unreadable`: how many are kept from this program. */
  values(): { values: string[]; unreadable: number };
}

/** What the program itself must keep unseen: no run is given it, and no list names it. */
export interface OwnSecrets {
  /** Null where there is none. */
  get(key: OwnSecretKey): string | null;
  set(key: OwnSecretKey, value: string): void;
  delete(key: OwnSecretKey): void;
}
/**
 * `redis`: its address with its password; `redis addresses`: those of all that may still have runs. `shared key`: what seals runs
 * for workers. `notification NAME`: what is secret about a channel.
 */
type OwnSecretKey = "redis" | "redis addresses" | "shared key" | `notification ${string}`;
/** No name that a person can give begins so. */
const ownName = (key: OwnSecretKey): string => `:${key}`;

/** Turns values into what is written to disk, and back: Electron's `safeStorage` in the desktop app. */
export interface SecretCipher {
  encrypt(text: string): Buffer;
  decrypt(data: Buffer): string;
}

export const secretNamePattern = /^[A-Za-z_][A-Za-z0-9_-]{0,99}$/;
const maxValueBytes = 64 * 1024;

interface StoredSecret {
  value: string;
  updatedAt: string;
  /** Encrypted by the system for the desktop app (`safeStorage`); else with the key file beside. */
  system?: boolean;
}

interface StoredSecrets {
  version: 1;
  secrets: Record<string, StoredSecret>;
}

export interface FileSecretStoreOptions {
  /** The file, readable by its owner alone. */
  path: string;
  /** The system's own encryption, where this program has it; else a key in a file beside it is used. */
  system?: SecretCipher;
  now?: () => number;
}

/** Secrets in one file (mode 0600), each value encrypted. The file is read anew each time: other processes may write it. */
export function createFileSecretStore({ path, system, now = Date.now }: FileSecretStoreOptions): SecretStore {
  let own: SecretCipher | undefined;
  const withKey = (): SecretCipher => {
    own ??= createKeyFileCipher(`${path}.key`);
    return own;
  };
  const cipherOf = (name: string, secret: StoredSecret): SecretCipher => {
    if (!secret.system) return withKey();
    if (system !== undefined) return system;
    throw new AppError(
      "FORBIDDEN",
      `The secret ${name} was stored in the desktop app, and the system gives it to no other program. Store it again from here, or run this in the desktop app.`,
    );
  };

  const read = (): Map<string, StoredSecret> => {
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
      throw error;
    }
    return new Map(Object.entries((JSON.parse(text) as StoredSecrets).secrets));
  };

  const write = (secrets: Map<string, StoredSecret>): void => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const stored: StoredSecrets = { version: 1, secrets: Object.fromEntries(secrets) };
    writePrivate(path, JSON.stringify(stored, null, 1));
  };

  const value = (name: string): string | null => {
    const found = read().get(name);
    return found === undefined ? null : cipherOf(name, found).decrypt(Buffer.from(found.value, "base64"));
  };
  const put = (name: string, text: string): void => {
    const secrets = read();
    secrets.set(name, {
      value: (system ?? withKey()).encrypt(text).toString("base64"),
      updatedAt: new Date(now()).toISOString(),
      ...(system === undefined ? {} : { system: true }),
    });
    write(secrets);
  };
  const remove = (name: string): void => {
    const secrets = read();
    if (secrets.delete(name)) write(secrets);
  };

  return {
    list: () =>
      [...read()]
        .filter(([name]) => secretNamePattern.test(name))
        .map(([name, { updatedAt }]) => ({ name, updatedAt }))
        .sort((a, b) => a.name.localeCompare(b.name)),
    get: (name) => (secretNamePattern.test(name) ? value(name) : null),
    set(name, value) {
      if (!secretNamePattern.test(name)) {
        throw invalidField("name", name, "letters, digits, '_' and '-', at most 100, starting with a letter or '_'");
      }
      if (value === "" || value.includes("\0") || Buffer.byteLength(value) > maxValueBytes) {
        throw invalidField("value", `${value.length} characters`, "text of 1 to 65,536 bytes without NUL characters");
      }
      put(name, value);
    },
    delete(name) {
      if (secretNamePattern.test(name)) remove(name);
    },
    values() {
      const values: string[] = [];
      let unreadable = 0;
      for (const name of read().keys()) {
        try {
          values.push(value(name) ?? "");
        } catch {
          unreadable += 1;
        }
      }
      return { values, unreadable };
    },
    own: {
      get: (key) => value(ownName(key)),
      set: (key, text) => put(ownName(key), text),
      delete: (key) => remove(ownName(key)),
    },
  };
}

/** AES-256-GCM with a random key in a file that only its owner reads: a copy of the secrets alone tells nothing. */
export function createKeyFileCipher(keyPath: string): SecretCipher {
  const key = readOrCreateKey(keyPath);
  return {
    encrypt(text) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    decrypt(data) {
      const decipher = createDecipheriv("aes-256-gcm", key, data.subarray(0, 12));
      decipher.setAuthTag(data.subarray(12, 28));
      return Buffer.concat([decipher.update(data.subarray(28)), decipher.final()]).toString("utf8");
    },
  };
}

function readOrCreateKey(path: string): Buffer {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    // Created by whoever comes first; the others read that one.
    writeFileSync(path, randomBytes(32), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return readFileSync(path);
}

function writePrivate(path: string, text: string): void {
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, text, { mode: 0o600, flush: true });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}
