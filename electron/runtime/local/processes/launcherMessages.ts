/** Between a program and its launcher, over Node's IPC channel. A runner is named by a number that the program chose. */
export type ToLauncher =
  | {
      type: "launch";
      id: number;
      entryPath: string;
      flags: string[];
      env: Record<string, string | undefined>;
      /** Where the program takes the runner's streams, and what each says first: `streamHeader`. */
      address: string;
      token: string;
    }
  /** Ends the runner and whatever hangs on it, by force. */
  | { type: "kill"; id: number };

export type FromLauncher =
  | { type: "launched"; id: number; pid: number }
  /** The runner has ended, and what carried its mark with it. `error`: it could not be started. */
  | { type: "exit"; id: number; code: number | null; signal: string | null; error?: string };

export type RunnerStreamName = "stdout" | "stderr" | "channel";

const letters = { o: "stdout", e: "stderr", c: "channel" } as const;
type Letter = keyof typeof letters;

/** What a stream says first, all of the same length: that it comes from the launcher, and whose stream it is. */
export function streamHeader(token: string, id: number, name: RunnerStreamName): string {
  const letter = (Object.keys(letters) as Letter[]).find((key) => letters[key] === name);
  return `${token}${String(id).padStart(12, "0")}${letter}`;
}

export const streamHeaderLength = (token: string): number => token.length + 13;

/** Null where the text is no header with this token. */
export function parseStreamHeader(token: string, header: string): { id: number; name: RunnerStreamName } | null {
  if (!header.startsWith(token)) return null;
  const name = letters[header.at(-1) as Letter];
  return name === undefined ? null : { id: Number(header.slice(token.length, -1)), name };
}
