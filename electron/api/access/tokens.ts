import { z } from "zod";
import {
  scopes as allScopes,
  type CreatedToken,
  type createTokenSchema,
  type Scope,
  type TokenInfo,
} from "../../../shared/api/access.ts";
import { AppError, invalidField } from "../../../shared/domain/errors.ts";
import type { AccessStore, TokenRow } from "../../storage/tables/access.ts";
import { createCredential, readCredential, sameHash, tokenPrefix } from "./credentials.ts";

/** What a token that is right stands for. */
export interface KnownToken {
  id: string;
  name: string;
  scopes: Set<Scope>;
}

/** A use is noted at most so often. */
const notedEveryMs = 60_000;

/** Named tokens: made and revoked by people, presented by programs and to sign a browser in. */
export function createTokens(options: {
  store: AccessStore;
  write: <T>(work: () => T) => T;
  now: () => number;
  warn: (message: string) => void;
}) {
  const { store, write, now, warn } = options;

  const known = (row: TokenRow): KnownToken => ({ id: row.id, name: row.name, scopes: readScopes(row.scopes) });

  return {
    list: (): TokenInfo[] => store.tokens().map(infoOf),
    create(input: z.output<typeof createTokenSchema>): CreatedToken {
      const expiresAt = input.expiresAt === undefined ? null : Date.parse(input.expiresAt);
      if (expiresAt !== null && expiresAt <= now())
        throw invalidField("expiresAt", input.expiresAt, "an instant in the future is expected");
      const { id, text, secretHash } = createCredential(tokenPrefix);
      const scopes = allScopes.filter((scope) => input.scopes.includes(scope));
      write(() => {
        if (store.tokens().some(({ name }) => name === input.name)) {
          const message = `there is a token "${input.name}" already: revoke it first, or choose another name`;
          throw new AppError("ALREADY_EXISTS", message, {
            issues: [{ path: "name", given: input.name, message: "a name that no token has is expected" }],
          });
        }
        store.addToken({
          id,
          name: input.name,
          scopes: JSON.stringify(scopes),
          secretHash,
          createdAt: now(),
          expiresAt,
        });
      });
      const made = store.token(id);
      if (made === undefined) throw new AppError("CONFLICT", `the token "${input.name}" was revoked at once`);
      return { ...infoOf(made), token: text };
    },
    /** Ends it at once, with every session that it signed in. */
    revoke(name: string): void {
      write(() => {
        if (store.removeToken(name)) return;
        const names = store.tokens().map((token) => token.name);
        const message = `there is no token "${name}"; there are ${names.join(", ") || "none"}`;
        throw new AppError("NOT_FOUND", message, { issues: [{ path: "name", given: name, message }] });
      });
    },
    /** Who holds `text`; null where it is wrong, revoked or has ended. `from` is noted as where it was used. */
    authenticate(text: unknown, from: string): KnownToken | null {
      const read = readCredential(text, tokenPrefix);
      const row = read === null ? undefined : store.token(read.id);
      if (read === null || row === undefined || !sameHash(row.secretHash, read.secretHash)) return null;
      const at = now();
      if (row.expiresAt !== null && row.expiresAt <= at) return null;
      if (row.lastUsedAt === null || at - row.lastUsedAt >= notedEveryMs || row.lastUsedFrom !== from) {
        try {
          store.markTokenUsed(row.id, at, from);
        } catch (error) {
          // A full disk locks nobody out.
          warn(`the use of the token "${row.name}" could not be noted: ${String(error)}`);
        }
      }
      return known(row);
    },
  };
}

const storedScopes = z.array(z.enum(allScopes));

/** Scopes as they are kept with a token; none where a newer program wrote one that this one does not know. */
export function readScopes(text: string): Set<Scope> {
  const parsed = storedScopes.safeParse(JSON.parse(text));
  return new Set(parsed.success ? parsed.data : []);
}

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

function infoOf(row: TokenRow): TokenInfo {
  return {
    name: row.name,
    scopes: [...readScopes(row.scopes)],
    createdAt: new Date(row.createdAt).toISOString(),
    expiresAt: iso(row.expiresAt),
    lastUsedAt: iso(row.lastUsedAt),
    lastUsedFrom: row.lastUsedFrom,
  };
}
