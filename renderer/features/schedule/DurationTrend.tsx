import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { MouseEvent } from "react";
import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { TrendPoint } from "../../../shared/api/schedules.ts";
import { trpc } from "../../api/client.ts";
import { outcomeNames } from "../../components/outcomes/outcomes.ts";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { plural } from "../../format/numbers.ts";
import { clockTime, durationText, exactTime, shortDate, type TimeFormat } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./Schedule.module.css";

const shown = 100;

/** A day; where the same would stand there again and again, with the time, alone the time, or that with its seconds. */
export function axisTime(at: number, spanMs: number, now: number, format: TimeFormat): string {
  const clock = clockTime(at - (at % 60_000), format);
  if (spanMs < 600_000) return clockTime(at - (at % 1000), format, "always");
  if (spanMs < 86_400_000) return clock;
  return spanMs < 6 * 86_400_000 ? `${shortDate(at, now, format)} ${clock}` : shortDate(at, now, format);
}

/** How long the last runs took; each point a link to its run, failed ones crossed. */
export function DurationTrend({ scheduleId }: { scheduleId: string }) {
  const navigate = useNavigate();
  const format = useTimeFormat();
  const { data, isPending, isError } = useQuery(trpc.schedules.trend.queryOptions({ scheduleId, limit: shown }));
  const points = (data ?? []) as TrendPoint[];
  if (isPending) return <LoadingRows rows={3} />;
  if (isError) return <p className="dim">How long its runs take could not be read.</p>;
  if (points.length < 2) {
    return <p className="dim">Once it has run twice, this shows how long its runs take.</p>;
  }
  const sorted = points.map((point) => point.durationMs).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const longest = sorted.at(-1) ?? 0;
  const now = Date.now();
  const summary = `${plural(points.length, "run")}: half took at most ${durationText(median)}, the longest ${durationText(longest)}`;
  const spanMs = Date.parse(points.at(-1)?.startedAt ?? "") - Date.parse(points[0]?.startedAt ?? "");
  const rows = points.map((point, index) => ({ ...point, index }));
  return (
    <figure className={classes.trend}>
      <figcaption className="dim">{summary}</figcaption>
      <div aria-hidden="true">
        <ResponsiveContainer width="100%" height={120}>
          <LineChart data={rows} margin={{ top: 8, right: 8, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis
              dataKey="index"
              tickFormatter={(index: number) => {
                const at = rows[index]?.startedAt;
                return at === undefined ? "" : axisTime(Date.parse(at), spanMs, now, format);
              }}
              minTickGap={56}
              tick={{ fontSize: 11, fill: "var(--text-dim)" }}
              stroke="var(--line-strong)"
              tickLine={false}
            />
            <YAxis
              tickFormatter={durationText}
              width={78}
              tickCount={4}
              tick={{ fontSize: 11, fill: "var(--text-dim)" }}
              axisLine={false}
              tickLine={false}
            />
            <Tooltip
              isAnimationActive={false}
              cursor={{ stroke: "var(--line-strong)" }}
              content={({ payload }) => {
                const point = payload?.[0]?.payload as TrendPoint | undefined;
                if (point === undefined) return null;
                return (
                  <div className={classes.trendTip}>
                    {outcomeNames[point.status]} in {durationText(point.durationMs)}
                    <br />
                    {exactTime(Date.parse(point.scheduledTime ?? point.startedAt), format)}
                  </div>
                );
              }}
            />
            <Line
              dataKey="durationMs"
              stroke="var(--line-strong)"
              isAnimationActive={false}
              activeDot={{ r: 5, fill: "var(--accent)", stroke: "var(--surface)" }}
              dot={(dot) => {
                const { cx = 0, cy = 0, payload } = dot as { cx?: number; cy?: number; payload: TrendPoint };
                const open = (event: MouseEvent) => {
                  event.preventDefault();
                  navigate({ to: "/runs/$id", params: { id: payload.runId } });
                };
                return (
                  <a key={payload.runId} href={`/runs/${payload.runId}`} onClick={open} tabIndex={-1}>
                    {payload.status === "failed" ? (
                      <path d={`M${cx - 3.5} ${cy - 3.5}l7 7m0-7-7 7`} stroke="var(--outcome-failed)" strokeWidth="2" />
                    ) : (
                      <circle cx={cx} cy={cy} r="3" fill="var(--outcome-completed)" />
                    )}
                  </a>
                );
              }}
            />
          </LineChart>
        </ResponsiveContainer>
      </div>
    </figure>
  );
}
