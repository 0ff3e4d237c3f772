import { useCallback } from "react";
import { useTicking } from "../../format/ticker.ts";
import { exactInZones } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";

/** Time left as a clock: `4:07`, `1:02:33`, `2 d 3:00:00`; "now" once it has come. */
export function countdownText(leftMs: number): string {
  if (leftMs <= 0) return "now";
  const seconds = Math.ceil(leftMs / 1000);
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor((seconds % 3600) / 60);
  const clock = hours > 0 || days > 0 ? `${hours}:${two(minutes)}` : String(minutes);
  return `${days > 0 ? `${days} d ` : ""}${clock}:${two(seconds % 60)}`;
}

/** Counts down to an instant (epoch ms or ISO) by the second; exact in both zones on hover or focus. */
export function Countdown(props: { to: number | string; zone?: string; focusable?: boolean }) {
  const format = useTimeFormat();
  const to = typeof props.to === "string" ? Date.parse(props.to) : props.to;
  const text = useTicking(useCallback((now: number) => countdownText(to - now), [to]));
  return (
    <time
      dateTime={new Date(to).toISOString()}
      data-tip={exactInZones(to, props.zone, format)}
      tabIndex={props.focusable === false ? undefined : 0}
    >
      {text}
    </time>
  );
}
