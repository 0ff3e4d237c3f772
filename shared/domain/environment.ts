/** A variable's name, or the beginning of names and `*`; `*` alone is all. */
export const variablePattern = /^(\*|[A-Za-z_][A-Za-z0-9_]*\*?)$/;
export const variableTaken =
  "a variable's name, such as JAVA_HOME, or AWS_* for all that begin like that, or * for all";

/** What a command finds of Almanac's own environment without anyone asking for it. */
export const usualVariables: readonly string[] = [
  ...["PATH", "HOME", "LANG", "LC_*", "TZ", "USER", "LOGNAME", "SHELL", "TMPDIR", "XDG_*"],
  ...["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK"],
  ...["http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"],
];

/** The setting of this name as it is stored; what is no name of variables counts for nothing. */
export const passEnvironmentSetting = "passEnvironment";
export function passedVariables(stored: unknown): string[] {
  if (!Array.isArray(stored)) return [];
  return stored.filter((name): name is string => typeof name === "string" && variablePattern.test(name));
}
