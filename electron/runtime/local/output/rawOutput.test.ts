import { execFileSync } from "node:child_process";
import { constants, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRawOutput } from "./rawOutput.ts";

const windows = process.platform === "win32";
if (windows) console.log("Windows has no named pipes in its file system: this test is left out");

test.skipIf(windows)(
  "what was written before the end was said is read, also where both arrive in the same look at the system",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "almanac-test-"));
    const fifo = (name: string) => {
      execFileSync("mkfifo", [join(folder, name)]);
      const fd = openSync(join(folder, name), constants.O_RDWR | constants.O_NONBLOCK);
      return { fd, socket: new Socket({ fd, readable: true, writable: false }) };
    };
    const output = fifo("output");
    const channel = fifo("channel");
    const raw = createRawOutput({ onOutput: (listener) => listener("stdout", output.socket) });
    const texts: string[] = [];
    raw.begin((_at, _stream, text) => texts.push(text));
    const ended = new Promise<void>((done) => {
      channel.socket.once("data", () => {
        // The system has said which of the two can be read, and this came after.
        writeSync(output.fd, "the last of it\n");
        raw.whenRead(() => {
          raw.end();
          done();
        }, true);
      });
    });
    writeSync(channel.fd, "it has ended");
    await ended;
    expect(texts.join("")).toBe("the last of it\n");
    for (const { socket } of [output, channel]) socket.destroy();
    rmSync(folder, { recursive: true });
  },
);
