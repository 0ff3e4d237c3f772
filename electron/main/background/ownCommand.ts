/** What decides how the program is started again by somebody else. */
export interface OwnFacts {
  /** The program's binary. */
  execPath: string;
  /** Of the program that is not packed: its folder, which Electron is given. */
  appPath: string | null;
  /** The AppImage that is mounted where the binary seems to be: gone after this session. */
  appImage: string | undefined;
}

/** The command that starts the desktop program. */
export function ownCommand({ execPath, appPath, appImage }: OwnFacts): string[] {
  return [appImage || execPath, ...(appPath === null ? [] : [appPath])];
}

/** The command that starts its command line, without a window, a display or the sandbox of pages. */
export function ownCommandLine(facts: OwnFacts, args: readonly string[]): string[] {
  const [program = "", ...app] = ownCommand(facts);
  const switches = ["--ozone-platform=headless", "--no-sandbox", "--no-zygote", "--disable-gpu"];
  return [
    program,
    ...app,
    ...switches,
    "--disable-software-rasterizer",
    "--log-level=3",
    "--command-line",
    "--",
    ...args,
  ];
}
