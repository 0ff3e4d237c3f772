import type { Command } from "commander";
import { AppError, invalidField } from "../../../shared/domain/errors.ts";
import { leaf, noun } from "../command.ts";
import { withApp } from "../context.ts";
import { type CliIo, localTime, paint, plural, printTable } from "../output.ts";
import { readUnseen } from "../unseen.ts";

export function addSecrets(program: Command, io: CliIo): void {
  const secrets = noun(program, "secrets", "values that runs use and nothing shows", [
    "secrets set TOKEN < token.txt",
    "secrets list",
  ]);

  leaf(secrets, "list", "names of the secrets; never their values", ["secrets list"]).action(
    async (_local, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        const found = await api.system.secrets();
        show({ secrets: found }, () => {
          printTable(
            io,
            [
              { title: "Name", cell: ({ name }) => name },
              { title: "Set", cell: ({ updatedAt }) => localTime(io, updatedAt) },
            ],
            found,
          );
          io.out.write(paint(io, "gray", `${plural(found.length, "secret")}, times in ${io.zone}\n`));
        });
      });
    },
  );

  leaf(secrets, "set <name>", "store a value, read from standard input: arguments are seen by others", [
    "secrets set TOKEN",
    "secrets set TOKEN < token.txt",
  ]).action(async (name: string, _local, command: Command) => {
    await withApp(io, command, {}, async ({ api, show }) => {
      const value = await readUnseen(`Value of ${name}`, "value");
      if (value === null) {
        io.err.write("nothing is stored\n");
        process.exitCode = 130;
        return;
      }
      if (value === "") throw invalidField("value", undefined, "a value on standard input is expected");
      show(await api.system.setSecret({ name, value }), () => io.out.write(`${name} is stored\n`));
    });
  });

  leaf(secrets, "delete <name>", "forget a secret", ["secrets delete TOKEN"]).action(
    async (name: string, _local, command: Command) => {
      await withApp(io, command, {}, async ({ api, show }) => {
        const known = (await api.system.secrets()).map((secret) => secret.name);
        if (!known.includes(name)) {
          const message = `there is no secret ${JSON.stringify(name)}; there are ${known.join(", ") || "none"}`;
          throw new AppError("NOT_FOUND", message, { issues: [{ path: "name", given: name, message }] });
        }
        show(await api.system.deleteSecret({ name }), () => io.out.write(`${name} is deleted\n`));
      });
    },
  );
}
