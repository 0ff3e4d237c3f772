import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { root } from "../paths.ts";
import { commandLineReference } from "./commandLine.ts";
import { libraryReference } from "./library.ts";

/** Above it a page is written by hand, below it by `npm run docs`. */
const marker = "<!-- From here on made of the code by `npm run docs`. -->";

/** What the command line's page is made of. */
export interface CommandLineParts {
  program: Command;
  exitCodes: Readonly<Record<string, number>>;
}

/** A page as it is in the checkout, and as the code would have it. */
export interface Page {
  path: string;
  now: string;
  wanted: string;
}

function page(path: string, reference: string): Page {
  const now = readFileSync(join(root, path), "utf8");
  const [byHand, ...rest] = now.split(marker);
  if (byHand === undefined || rest.length !== 1)
    throw new Error(`${path}: one line has to say where what is made begins: ${marker}`);
  return { path, now, wanted: `${byHand}${marker}\n\n${reference}` };
}

/** The pages that are made of the code in part. Throws where one does not say where that part begins. */
export function documentedPages({ program, exitCodes }: CommandLineParts): Page[] {
  return [page("docs/cli.md", commandLineReference(program, exitCodes)), page("docs/library.md", libraryReference())];
}
