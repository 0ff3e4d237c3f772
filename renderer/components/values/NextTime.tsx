import { useCallback } from "react";
import { useTicking } from "../../format/ticker.ts";
import { TimeText } from "./TimeText.tsx";

/** When something runs next. What is due says so: how long ago that was is nothing to wait for. */
export function NextTime(props: {
  at: string | null;
  zone: string;
  fallback: string;
  clock: "named" | "both" | undefined;
  focusable?: boolean;
}) {
  const { at } = props;
  const due = useTicking(useCallback((now: number) => at !== null && Date.parse(at) <= now, [at]));
  return due ? <span>starting</span> : <TimeText {...props} />;
}
