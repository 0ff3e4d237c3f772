import { usualVariables } from "../../../../shared/domain/environment.ts";

/** Without these few programs start on Windows. */
const onWindows = [
  ...["SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "TEMP", "TMP", "OS", "USERPROFILE", "USERNAME"],
  ...["USERDOMAIN", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "ProgramData", "ALLUSERSPROFILE", "PUBLIC"],
  ...["ProgramFiles", "ProgramFiles(x86)", "ProgramW6432", "CommonProgramFiles", "CommonProgramFiles(x86)"],
  ...["COMPUTERNAME", "PROCESSOR_ARCHITECTURE", "NUMBER_OF_PROCESSORS", "PSModulePath"],
];

/** What makes programs write at once what they write; a variable that is set otherwise stays. */
const unbuffered = { PYTHONUNBUFFERED: "1", GFORTRAN_UNBUFFERED_PRECONNECTED: "y" } as const;

export interface CommandEnvironment {
  /** Variables to pass beside the usual ones: names, `PREFIX_*`, or `*` for all. */
  pass: readonly string[];
  /** The run's own, over those. */
  run: Readonly<Record<string, string>>;
  /** The command's, over all. */
  own: Readonly<Record<string, string>>;
}

/** The environment of a command: of this program's own only what is usual or was asked for. */
export function commandEnvironment(
  { pass, run, own }: CommandEnvironment,
  from: NodeJS.ProcessEnv = process.env,
  windows: boolean = process.platform === "win32",
): Record<string, string> {
  const shape = (name: string): string => (windows ? name.toUpperCase() : name);
  const patterns = [...usualVariables, ...(windows ? onWindows : []), ...pass].map(shape);
  const exact = new Set(patterns);
  const beginnings = patterns.filter((pattern) => pattern.endsWith("*")).map((pattern) => pattern.slice(0, -1));
  const passed = Object.entries(from).filter(
    ([name]) => exact.has(shape(name)) || beginnings.some((beginning) => shape(name).startsWith(beginning)),
  );
  return { ...unbuffered, ...(Object.fromEntries(passed) as Record<string, string>), ...run, ...own };
}
