import type { Command } from "commander";
import { createTrustedFolders } from "../../folders/trusted.ts";
import { leaf, noun } from "../command.ts";
import { type CliIo, inertLine, printJson } from "../output.ts";

/** These open no data folder: they decide which may be opened. */
export function addFolders(program: Command, io: CliIo): void {
  const folders = noun(program, "folders", "folders that are trusted although others can write there", [
    "folders list",
    "folders trust /srv/team/workflows",
  ]);
  const show = (command: Command, value: unknown, print: () => void): void =>
    command.optsWithGlobals<{ json?: boolean }>().json === true ? printJson(io, value) : print();

  leaf(folders, "list", "the trusted folders", ["folders list"]).action((_local, command: Command) => {
    const found = createTrustedFolders(io.env).list();
    show(command, { folders: found }, () => {
      for (const folder of found) io.out.write(`${inertLine(folder)}\n`);
      if (found.length === 0) io.out.write("no folder is trusted that others can write to\n");
    });
  });

  leaf(folders, "trust <folder>", "use a folder, and all in it, although others can write there", [
    "folders trust /srv/team/workflows",
  ]).action((folder: string, _local, command: Command) => {
    const trusted = createTrustedFolders(io.env).trust(folder);
    show(command, { trusted }, () =>
      io.out.write(`${inertLine(trusted)} is trusted: whoever can write there can run commands as you\n`),
    );
  });

  leaf(folders, "distrust <folder>", "take it back", ["folders distrust /srv/team/workflows"]).action(
    (folder: string, _local, command: Command) => {
      const distrusted = createTrustedFolders(io.env).distrust(folder);
      show(command, { distrusted }, () => io.out.write(`${inertLine(distrusted)} is no longer trusted\n`));
    },
  );
}
