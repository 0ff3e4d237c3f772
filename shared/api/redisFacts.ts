import type { RedisReport } from "./workers.ts";

const kinds = { redis: "Redis", valkey: "Valkey", unknown: "" } as const;
const persistence = {
  aof: "append-only file",
  snapshots: "snapshots now and then",
  none: "none",
} as const;

const mib = (bytes: number): string => `${(bytes / 1_048_576).toFixed(bytes < 10_485_760 ? 1 : 0)} MiB`;

/** What a look at a Redis found, name and value; what it did not tell is left out. */
export function redisFacts(report: RedisReport): [name: string, value: string][] {
  const { usedMemoryBytes: used, maxMemoryBytes: most } = report;
  const facts: [string, string | null][] = [
    ["Address", report.address],
    ["Version", report.version === null ? null : `${kinds[report.kind]} ${report.version}`.trim()],
    ["Persistence", report.persistence === null ? null : persistence[report.persistence]],
    ["Eviction", report.evictionPolicy],
    ["Memory", used === null ? null : most === null ? `${mib(used)}, no limit` : `${mib(used)} of ${mib(most)}`],
    ["Latency", report.latencyMs === null ? null : `${report.latencyMs} ms`],
    [
      "Clock",
      report.clockDifferenceMs === null
        ? null
        : Math.abs(report.clockDifferenceMs) < 1000
          ? "as here"
          : `${(Math.abs(report.clockDifferenceMs) / 1000).toFixed(1)} s ${report.clockDifferenceMs > 0 ? "ahead" : "behind"}`,
    ],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null);
}
