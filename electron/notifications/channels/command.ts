import { spawn } from "node:child_process";
import type { ChannelConfig } from "../../../shared/domain/notifications.ts";
import { type Outgoing, SendError } from "./channel.ts";

const MOST_READ = 4096;
/** Of this process; a notice command has no need of the rest. */
const passed = ["PATH", "HOME", "USER", "LANG", "TMPDIR", "SystemRoot", "DISPLAY", "DBUS_SESSION_BUS_ADDRESS"];

/**
 * Runs a program with its arguments, without a shell: the message as JSON on its standard input and in ALMANAC_*
 * variables. Resolves with what it wrote.
 */
export function sendCommand(
  { program, args }: Extract<ChannelConfig, { kind: "command" }>,
  message: Outgoing,
  signal: AbortSignal,
): Promise<string> {
  const env: Record<string, string> = {
    ALMANAC_TITLE: message.title,
    ALMANAC_BODY: message.body,
    ALMANAC_URL: message.url,
    ALMANAC_EVENT: message.event,
    ALMANAC_RULE: message.rule,
    ALMANAC_SCHEDULES: message.scheduleIds.slice(0, 100).join(","),
  };
  for (const name of passed) {
    const value = Object.hasOwn(process.env, name) ? process.env[name] : undefined;
    if (value !== undefined) env[name] = value;
  }
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, signal, killSignal: "SIGKILL", windowsHide: true });
    let output = "";
    const read = (chunk: Buffer): void => {
      if (output.length < MOST_READ) output += chunk.toString("utf8");
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    // It need not read what it is told.
    child.stdin.on("error", () => {});
    child.stdin.end(`${JSON.stringify(message)}\n`);
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "ENOENT" || error.code === "EACCES"
          ? new SendError(
              `${program} cannot be started: ${error.code === "ENOENT" ? "there is no such program" : "it may not be run"}`,
            )
          : error,
      ),
    );
    child.on("close", (code, killedBy) => {
      if (code === 0) resolve(`exit code 0${output.trim() === "" ? "" : `: ${output.trim()}`}`);
      else
        reject(
          new SendError(
            `${killedBy === null ? `exit code ${code}` : `ended by ${killedBy}`}${output.trim() === "" ? "" : `: ${output.trim()}`}`,
          ),
        );
    });
  });
}
