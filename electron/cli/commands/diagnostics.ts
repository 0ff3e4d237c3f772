import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import type { Diagnostics } from "../../../shared/api/diagnostics.ts";
import { invalidField } from "../../../shared/domain/errors.ts";
import { collectDiagnostics } from "../../api/diagnostics/collect.ts";
import { toAppError } from "../../api/errors.ts";
import { createFileSecretStore } from "../../api/secrets.ts";
import { leaf } from "../command.ts";
import { dataDirOf, withApp } from "../context.ts";
import { type CliIo, inert, printJson, printTable } from "../output.ts";

export function addDiagnostics(program: Command, io: CliIo): void {
  leaf(
    program,
    "diagnostics",
    "make a zip that helps whoever looks into a fault: versions, settings, counts, log, crash reports, without secrets",
    ["diagnostics --print", "diagnostics", "diagnostics --output ~/Desktop/almanac.zip"],
  )
    .option("--output <file>", "where the zip is written (default: a name with the time, in the current folder)")
    .option("--print", "print what would be in it, and write nothing")
    .action(async (local: { output?: string; print?: boolean }, command: Command) => {
      if (local.output === "") throw invalidField("output", "", "the name of a file is expected");
      const options = command.optsWithGlobals<{ json?: boolean }>();
      const made = await gathered(io, command);
      const shown = made.files.map(({ name, text }) => ({ name, bytes: Buffer.byteLength(text) }));
      if (local.print === true) {
        if (options.json === true) printJson(io, { files: made.files });
        else for (const { name, text } of made.files) io.out.write(`==> ${inert(name)}\n${inert(text)}\n`);
        return;
      }
      const file = resolve(local.output ?? made.fileName);
      write(file, made);
      if (options.json === true) {
        printJson(io, { file, files: shown });
        return;
      }
      printTable(
        io,
        [
          { title: "In it", cell: ({ name }) => name },
          { title: "Bytes", cell: ({ bytes }) => String(bytes), right: true },
        ],
        shown,
      );
      io.out.write(
        `\n${inert(file)}\nNothing was sent anywhere. Look it over before you hand it on: almanac diagnostics --print\n`,
      );
    });
}

/** Where the data folder cannot be opened, that is what there is to say, beside the rest. */
async function gathered(io: CliIo, command: Command): Promise<Diagnostics> {
  try {
    return await withApp(io, command, {}, ({ app }) => app.diagnostics());
  } catch (error) {
    const dataDir = dataDirOf(command.optsWithGlobals(), io.env);
    const { code, message } = toAppError(error);
    return collectDiagnostics({
      dataDir,
      secrets: secretsOf(dataDir),
      facts: { "database.json": () => ({ error: { code, message } }) },
      env: io.env,
      now: Date.now(),
    });
  }
}

function secretsOf(dataDir: string): { values: string[]; unreadable: number } {
  try {
    return createFileSecretStore({ path: join(dataDir, "secrets.json") }).values();
  } catch {
    return { values: [], unreadable: 1 };
  }
}

/** What is there stays. */
function write(file: string, { zip }: Diagnostics): void {
  try {
    writeFileSync(file, Buffer.from(zip, "base64"), { mode: 0o600, flag: "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw invalidField("output", file, code === "EEXIST" ? "a file that is not there yet" : message);
  }
}
