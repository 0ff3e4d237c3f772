import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from "prom-client";
import type { SystemStatus } from "../../shared/api/system.ts";
import type { ReadModel } from "../storage/reads/readModel.ts";
import type { RunMeasureRow } from "../storage/tables/runMeasures.ts";
import { type Readiness, readinessOf } from "./readiness.ts";
import { buckets } from "./runMeasures.ts";

/** So many schedules have labels of their own; what the others did is told together under `restLabel`. */
export const mostSchedules = 200;
/** So many workflows have, those that were counted first: of each there are two dozen series. */
export const mostWorkflows = 30;
export const restLabel = "_other";

/** The package's own that are named like counters and are none, which Prometheus' check refuses; `nodejs_active_…` say the same by kind. */
const misnamed = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

export interface MetricsParts {
  /** Writes what this process has counted and not written yet. */
  flush(): void;
  reads: Pick<ReadModel, "measures" | "lastSuccessAt">;
  status(): SystemStatus;
  /** The next instants of a schedule, ISO. */
  upcoming(scheduleId: string, count: number): string[];
  /** Lets other work have its turn. */
  breathe(): Promise<void>;
}

export interface Metrics {
  contentType: string;
  /** All of it in Prometheus' text format. */
  text(): Promise<string>;
  close(): void;
}

/** The longest gap between the next occurrences: what lies further apart is not late yet. Seconds; null where none follow. */
function longestGapSeconds(instants: readonly string[]): number | null {
  const times = instants.map((instant) => Date.parse(instant));
  const gaps = times.slice(1).map((at, i) => (at - (times[i] ?? at)) / 1000);
  return gaps.length === 0 ? null : Math.max(...gaps);
}

/** The series of a histogram: cumulative buckets, sum and count for each set of labels, of the runs that were counted in the database. */
function histogramValues(measure: keyof typeof buckets, rows: readonly RunMeasureRow[], name: string) {
  const workflows = [...new Set(rows.map(({ workflowName }) => workflowName))].slice(0, mostWorkflows);
  interface Series {
    labels: Record<string, string>;
    rows: RunMeasureRow[];
  }
  const series = new Map<string, Series>();
  for (const row of rows.filter((one) => one.measure === measure)) {
    const workflow = workflows.includes(row.workflowName) ? row.workflowName : restLabel;
    const labels = { workflow, ...(measure === "duration" ? { result: row.result } : {}) };
    const key = JSON.stringify(labels);
    const known: Series = series.get(key) ?? { labels, rows: [] };
    known.rows.push(row);
    series.set(key, known);
  }
  return [...series.values()].flatMap(({ labels, rows: own }) => {
    const upTo = (end: number): number =>
      own.filter(({ leMs }) => leMs >= 0 && leMs <= end * 1000).reduce((sum, { count }) => sum + count, 0);
    const count = own.reduce((sum, row) => sum + row.count, 0);
    return [
      ...buckets[measure].map((end) => ({
        metricName: `${name}_bucket`,
        labels: { ...labels, le: String(end) },
        value: upTo(end),
      })),
      { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: count },
      { metricName: `${name}_sum`, labels, value: own.reduce((sum, row) => sum + row.sumMs, 0) / 1000 },
      { metricName: `${name}_count`, labels, value: count },
    ];
  });
}

/** What Prometheus reads. All of it but Node's own comes from the database, so that it is the same in whichever process is asked, and outlives it. */
export function createMetrics(parts: MetricsParts): Metrics {
  const { reads } = parts;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
  const registers = [registry];
  const gauge = <T extends string>(name: string, help: string, labelNames: readonly T[] = []) =>
    new Gauge({ name, help, labelNames, registers });
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]) =>
    new Counter({ name, help, labelNames, registers });

  const build = gauge("almanac_build_info", "Always 1; says which version runs.", ["version"]);
  const states = gauge("almanac_state", "1 for the state this process is in, as /readyz says it.", ["state"]);
  const heartbeat = gauge(
    "almanac_heartbeat_timestamp_seconds",
    "When the process that fires was last heard of; 0 where none owns the data folder.",
  );
  const schedules = gauge("almanac_schedules", "Schedules by status.", ["status"]);
  const runs = counter("almanac_runs_total", "Runs that have ended, by schedule and result.", ["schedule", "result"]);
  const omitted = counter("almanac_omitted_total", "Occurrences without a run, by schedule and kind.", [
    "schedule",
    "kind",
  ]);
  const reasons = gauge("almanac_omissions", "Occurrences without a run that the history holds, by reason.", [
    "kind",
    "reason",
  ]);
  const next = gauge("almanac_schedule_next_run_timestamp_seconds", "When a schedule fires next.", ["schedule"]);
  const lastSuccess = gauge(
    "almanac_schedule_last_success_timestamp_seconds",
    "When a schedule's last successful run has ended.",
    ["schedule"],
  );
  const interval = gauge(
    "almanac_schedule_interval_seconds",
    "The longest gap between an active schedule's next eight occurrences.",
    ["schedule"],
  );
  const depth = gauge("almanac_queue_depth", "Runs that wait (pending, buffered) or go on (running).", ["status"]);
  const oldest = gauge(
    "almanac_queue_oldest_wait_seconds",
    "How long the run has waited that has waited longest for room or a worker.",
  );
  let ofRuns: RunMeasureRow[] = [];
  const histogram = (measure: keyof typeof buckets, name: string, help: string): void => {
    const shown = { name, help, type: "histogram", aggregator: "sum" as const };
    // The package's own histograms count what they observe, and take no counts.
    registry.registerMetric({
      ...shown,
      get: async () => ({ ...shown, values: histogramValues(measure, ofRuns, name) }),
    } as unknown as Metric);
  };
  histogram(
    "duration",
    "almanac_run_duration_seconds",
    "How long runs took, from the start of their last attempt, by workflow and result.",
  );
  histogram(
    "lateness",
    "almanac_run_lateness_seconds",
    "How long after its nominal instant a run's first attempt began, by workflow.",
  );

  /** What is asked of a schedule only when something about it has changed. */
  const successes = new Map<string, { completed: number; at: number | null }>();
  const gaps = new Map<string, { key: string; seconds: number | null }>();

  const successOf = (scheduleId: string, completed: number): number | null => {
    if (completed === 0) return null;
    const known = successes.get(scheduleId);
    if (known?.completed === completed) return known.at;
    const at = reads.lastSuccessAt(scheduleId);
    successes.set(scheduleId, { completed, at });
    return at;
  };
  const gapOf = (scheduleId: string, revision: number): number | null => {
    // Once a day anew: what a spec does may change with the season.
    const key = `${revision}@${Math.floor(Date.now() / 86_400_000)}`;
    const known = gaps.get(scheduleId);
    if (known?.key === key) return known.seconds;
    const seconds = longestGapSeconds(parts.upcoming(scheduleId, 9));
    gaps.set(scheduleId, { key, seconds });
    return seconds;
  };

  async function read(): Promise<void> {
    parts.flush();
    const measures = reads.measures(mostSchedules);
    const status = parts.status();
    const readiness = readinessOf(status);
    const listed = new Set(measures.schedules.map(({ scheduleId }) => scheduleId));
    for (const kept of [successes, gaps]) for (const id of kept.keys()) if (!listed.has(id)) kept.delete(id);
    // Looked up before anything is reset: whoever asks meanwhile is not told of half of them.
    const derived: { scheduleId: string; successAt: number | null; gap: number | null }[] = [];
    for (const { scheduleId, status: own, completed, revision } of measures.schedules) {
      const gap = own === "active" ? gapOf(scheduleId, revision) : null;
      derived.push({ scheduleId, successAt: successOf(scheduleId, completed), gap });
      if (derived.length % 20 === 0) await parts.breathe();
    }

    for (const metric of [states, schedules, runs, omitted, reasons, next, lastSuccess, interval, depth])
      metric.reset();
    build.set({ version: status.version }, 1);
    for (const state of [
      "owner",
      "standby",
      "starting",
      "stopped",
      "disk_full",
      "redis_away",
      "queue_paused",
      "not_firing",
    ] as const)
      states.set({ state }, state === (readiness.state satisfies Readiness["state"]) ? 1 : 0);
    ofRuns = measures.runs;
    heartbeat.set((measures.heartbeatAt ?? 0) / 1000);
    for (const { status: label, count } of measures.byStatus) schedules.set({ status: label }, count);
    for (const { status: label, count } of [
      ...(["pending", "running", "buffered"] as const).map((known) => ({ status: known, count: 0 })),
      ...measures.active,
    ])
      depth.set({ status: label }, count);
    oldest.set(measures.waitingSinceAt === null ? 0 : Math.max(0, Date.now() - measures.waitingSinceAt) / 1000);
    for (const { kind, reason, count } of measures.omitted) reasons.set({ kind, reason }, count);
    const counted = [...measures.schedules, { ...measures.rest, scheduleId: restLabel }];
    for (const { scheduleId: schedule, completed, failed, skipped, missed } of counted) {
      if (schedule === restLabel && completed + failed + skipped + missed === 0) continue;
      runs.inc({ schedule, result: "completed" }, completed);
      runs.inc({ schedule, result: "failed" }, failed);
      omitted.inc({ schedule, kind: "skipped" }, skipped);
      omitted.inc({ schedule, kind: "missed" }, missed);
    }
    for (const { scheduleId: schedule, nextRunAt } of measures.schedules)
      if (nextRunAt !== null) next.set({ schedule }, nextRunAt / 1000);
    for (const { scheduleId: schedule, successAt, gap } of derived) {
      if (successAt !== null) lastSuccess.set({ schedule }, successAt / 1000);
      if (gap !== null) interval.set({ schedule }, gap);
    }
  }

  let under: Promise<string> | null = null;
  return {
    contentType: registry.contentType,
    text() {
      // Whoever asks while it is read is told the same.
      under ??= read()
        .then(() => registry.metrics())
        .finally(() => {
          under = null;
        });
      return under;
    },
    close() {
      registry.clear();
    },
  };
}
