import { useQuery } from "@tanstack/react-query";
import type { BackfillPreset } from "../../../shared/api/backfills.ts";
import { trpc } from "../../api/client.ts";
import { OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { count } from "../../format/numbers.ts";
import { useMinute } from "../../format/ticker.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { downtimeRange } from "../schedules/around/DowntimeBanners.tsx";
import classes from "./Backfill.module.css";

/** Ranges worth filling, each with its holes; one click chooses it. */
export function Presets(props: {
  scheduleId: string;
  chosen: { from: string; to: string } | null;
  onChoose: (preset: BackfillPreset) => void;
}) {
  const { data } = useQuery(trpc.backfills.presets.queryOptions({ scheduleId: props.scheduleId }));
  const format = useTimeFormat();
  const now = useMinute();
  if (data === undefined) return <div className={classes.presets} style={{ minHeight: 32 }} />;
  const same = (preset: BackfillPreset) =>
    props.chosen !== null && props.chosen.from === preset.from && props.chosen.to === preset.to;
  return (
    <div className={classes.presets} role="group" aria-label="Ranges to fill">
      {data.map((preset) => (
        <button
          key={preset.key}
          type="button"
          className={classes.preset}
          data-holes={preset.holes > 0 || undefined}
          aria-pressed={same(preset)}
          onClick={() => props.onChoose(preset)}
        >
          {preset.holes > 0 && <OutcomeIcon outcome="missed" />}
          {preset.label}
          {preset.key.startsWith("downtime-") && (
            <span className="dim">{downtimeRange(preset.from, preset.to, now, format)}</span>
          )}
          <span className={classes.presetCount}>
            {preset.holes === 0 ? "no holes" : `${count(preset.holes)} to fill`}
          </span>
        </button>
      ))}
    </div>
  );
}
