/** A desktop entry that starts a command at login, with its parts quoted as the desktop entry specification asks. */
export function autostartEntry(command: readonly string[]): string {
  const quoted = command.map(
    (part) =>
      `"${part
        .replace(/["`$\\]/g, "\\$&")
        .replaceAll("\\", "\\\\")
        .replaceAll("%", "%%")}"`,
  );
  return ["[Desktop Entry]", "Type=Application", "Name=Almanac", `Exec=${quoted.join(" ")}`, "Terminal=false", ""].join(
    "\n",
  );
}
