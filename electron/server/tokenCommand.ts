import { quoted } from "../folders/ownership.ts";
import { defaultDataDir } from "../folders/trusted.ts";

/**
 * The command that makes a token for this server. Anybody may ask for it, and a folder's path tells names of users and
 * disks: it is said to programs of this machine alone, which see it in the server's command line anyway. Others read
 * `FOLDER` in its place.
 */
export function tokenCommand(dataDir: string, ofThisMachine: boolean, env: NodeJS.ProcessEnv = process.env): string {
  const command = "almanac tokens create NAME --scope admin";
  // What an environment's ALMANAC_DATA_DIR says need not hold in the shell where the command is entered.
  if (dataDir === defaultDataDir(env)) return command;
  return `${command} --data-dir ${ofThisMachine ? quoted(dataDir) : "FOLDER"}`;
}
