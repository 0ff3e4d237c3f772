import type { Command } from "commander";
import { type Scope, scopes, scopeWords } from "../../../shared/api/access.ts";
import { leaf, noun } from "../command.ts";
import { withApp } from "../context.ts";
import { type CliIo, inertLine, localTime, paint, plural, printTable } from "../output.ts";
import { instant, oneOf } from "../values.ts";

export function addTokens(program: Command, io: CliIo): void {
  const tokens = noun(program, "tokens", "named tokens, which sign browsers and programs in to `serve`", [
    "tokens create laptop --scope admin",
    "tokens create dashboard --expires-at 2027-01-31",
    "tokens list",
    "tokens revoke laptop",
  ]);

  leaf(tokens, "list", "names, scopes and last use of the tokens; never their values", ["tokens list"]).action(
    async (_local, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        const found = await api.access.tokens();
        show({ tokens: found }, () => {
          printTable(
            io,
            [
              { title: "Name", cell: ({ name }) => name },
              { title: "Scopes", cell: (token) => token.scopes.join(", ") },
              { title: "Made", cell: ({ createdAt }) => localTime(io, createdAt) },
              { title: "Ends", cell: ({ expiresAt }) => localTime(io, expiresAt) },
              { title: "Last used", cell: ({ lastUsedAt }) => localTime(io, lastUsedAt) },
              { title: "From", cell: ({ lastUsedFrom }) => lastUsedFrom ?? "–" },
            ],
            found,
          );
          io.out.write(paint(io, "gray", `${plural(found.length, "token")}, times in ${io.zone}\n`));
        });
      });
    },
  );

  const words = scopes.map((scope) => `${scope}: ${scopeWords[scope]}`).join("; ");
  leaf(tokens, "create <name>", "make a token and print it, once: it is kept nowhere", [
    "tokens create laptop --scope admin",
    "tokens create dashboard",
    "tokens create ci --scope read --scope run --expires-at 2027-01-31",
  ])
    .option(
      "--scope <scope>",
      `what it may do (repeatable; default: read). ${words}`,
      (text: string, before: Scope[] | undefined) => [...(before ?? []), oneOf(scopes)(text)],
    )
    .option("--expires-at <time>", "when it ends by itself (default: never)")
    .action(async (name: string, local: { scope?: Scope[]; expiresAt?: string }, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        const expiresAt =
          local.expiresAt === undefined ? {} : { expiresAt: instant("expires-at", local.expiresAt, io.zone) };
        const made = await api.access.createToken({ name, scopes: local.scope ?? ["read"], ...expiresAt });
        show(made, () => {
          io.out.write(`${made.token}\n`);
          io.err.write(`keep it: ${inertLine(name)} is not shown again; \`almanac tokens revoke ${name}\` ends it\n`);
        });
      });
    });

  leaf(tokens, "revoke <name>", "end a token, and what it has signed in", ["tokens revoke laptop"]).action(
    async (name: string, _local, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        show(await api.access.revokeToken({ name }), () => io.out.write(`${name} is revoked\n`));
      });
    },
  );
}
