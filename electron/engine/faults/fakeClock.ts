import { readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** libfaketime, which turns the wall clock of the programs that are started with it; null where it is not installed. */
export const libfaketime: string | null = (() => {
  const folder = "/usr/lib";
  const names = process.platform === "linux" ? readdirSync(folder) : [];
  for (const name of names) {
    const faketime = join(folder, name, "faketime");
    try {
      if (readdirSync(faketime).includes("libfaketime.so.1")) return join(faketime, "libfaketime.so.1");
    } catch {
      // Not in this folder.
    }
  }
  console.log("libfaketime is not installed: the tests of clocks that are set are left out");
  return null;
})();

export interface FakeClock {
  /** What a program is started with. */
  env: Record<string, string>;
  /** What its wall clock shows. */
  now(): number;
  /** Sets it while the program runs; its monotonic clock runs on. */
  shift(ms: number): void;
}

export function createFakeClock(dir: string): FakeClock {
  const file = join(dir, "clock");
  let offsetMs = 0;
  const set = (): void => {
    // In one step: a file that is half written is no clock at all.
    writeFileSync(`${file}.new`, `${offsetMs < 0 ? "-" : "+"}${Math.abs(offsetMs) / 1000}\n`);
    renameSync(`${file}.new`, file);
  };
  set();
  return {
    env: {
      LD_PRELOAD: libfaketime ?? "",
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      NO_FAKE_STAT: "1",
    },
    now: () => Date.now() + offsetMs,
    shift(ms) {
      offsetMs += ms;
      set();
    },
  };
}
