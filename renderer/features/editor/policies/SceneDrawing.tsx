import type { Bar, Mark, Scene } from "../model/scenes.ts";

const width = 200;
const rowHeight = 11;
const top = 8;

const barStyle: Record<Bar["kind"], { fill: string; stroke: string; dash?: string }> = {
  run: { fill: "var(--outcome-running-soft)", stroke: "var(--outcome-running)" },
  cut: { fill: "var(--outcome-cancelled-soft)", stroke: "var(--outcome-cancelled)" },
  waiting: { fill: "none", stroke: "var(--outcome-skipped)", dash: "2 2" },
  failed: { fill: "var(--outcome-failed-soft)", stroke: "var(--outcome-failed)" },
};

function markShape(mark: Mark, x: number) {
  switch (mark.kind) {
    case "skipped":
      return <circle cx={x} cy={4} r={2.6} fill="none" stroke="var(--outcome-skipped)" strokeWidth={1.2} />;
    case "missed":
      return (
        <rect
          x={x - 3}
          y={1}
          width={6}
          height={6}
          fill="url(#hatch-missed)"
          stroke="var(--outcome-missed)"
          strokeWidth={0.8}
        />
      );
    default:
      return <path d={`M${x - 3} 1h6l-3 5z`} fill="var(--text-dim)" />;
  }
}

/** A policy's timeline: triangles are due times, bars runs; hollow circles are skipped, hatched squares missed. */
export function SceneDrawing({ scene, label }: { scene: Scene; label: string }) {
  const x = (at: number) => 4 + (at / scene.length) * (width - 8);
  const rows = Math.max(1, ...scene.bars.map((bar) => Math.min(bar.row, 3) + 1));
  const height = top + rows * rowHeight + 2;
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-label={label}
      style={{ maxWidth: "100%" }}
    >
      {scene.off !== null && (
        <rect
          x={x(scene.off[0])}
          y={0}
          width={x(scene.off[1]) - x(scene.off[0])}
          height={height}
          fill="var(--surface-sunken)"
          stroke="var(--line-strong)"
          strokeDasharray="3 2"
        />
      )}
      <line x1={0} x2={width} y1={top} y2={top} stroke="var(--line)" />
      {scene.bars.map((bar) => {
        const style = barStyle[bar.kind];
        const y = top + 2 + Math.min(bar.row, 3) * rowHeight;
        const end = x(bar.to);
        return (
          <g key={`${bar.kind}:${bar.from}:${bar.row}`}>
            <rect
              x={x(bar.from)}
              y={y}
              width={Math.max(1.5, end - x(bar.from) - 0.5)}
              height={rowHeight - 3}
              rx={1.5}
              fill={style.fill}
              stroke={style.stroke}
              strokeWidth={1}
              strokeDasharray={style.dash}
            />
            {bar.kind === "cut" && (
              <path d={`M${end - 5} ${y + 2}l4 4m0-4-4 4`} stroke="var(--outcome-cancelled)" strokeWidth={1.2} />
            )}
          </g>
        );
      })}
      {scene.marks.map((mark) => (
        <g key={mark.at}>{markShape(mark, x(mark.at))}</g>
      ))}
    </svg>
  );
}
