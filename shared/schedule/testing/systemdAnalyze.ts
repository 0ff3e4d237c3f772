import { spawnSync } from "node:child_process";

/** What `systemd-analyze calendar` says of an expression: its next times after `from`, or null where it refuses. */
export interface OnCalendarAnswer {
  text: string;
  zone: string;
  from: string;
  times: string[] | null;
}

const COUNT = 6;

/** Whether there is a systemd to ask. */
export function hasSystemd(): boolean {
  return spawnSync("systemd-analyze", ["--version"]).status === 0;
}

/** Asks systemd (no answer where it fails itself), in a zone, from a day on that has a clock change of the zone's within a few weeks. */
export function askSystemd(text: string, zone: string): OnCalendarAnswer[] {
  const from = zone === "UTC" ? "2026-11-29T01:00:00Z" : "2027-03-20T00:00:00Z";
  const base = `${from.slice(0, 10)} ${from.slice(11, 19)} UTC`;
  const { stdout, stderr, status } = spawnSync(
    "systemd-analyze",
    ["calendar", `--iterations=${COUNT}`, `--base-time=${base}`, "--", text],
    { encoding: "utf8", env: { TZ: zone, LC_ALL: "C", PATH: "/usr/bin:/bin" } },
  );
  if (/Infinite loop/.test(stderr)) return [];
  if (status !== 0) return [{ text, zone, from, times: null }];
  // In another zone than UTC each is told in both.
  const pattern = zone === "UTC" ? /(?:Next elapse|Iter\. #\d+): (.+) UTC/g : /\(in UTC\): (.+) UTC/g;
  const times = [...stdout.matchAll(pattern)].map(([, shown]) => {
    const [, day, clock] = (shown as string).split(" ");
    return `${day}T${clock}Z`;
  });
  return [{ text, zone, from, times }];
}
