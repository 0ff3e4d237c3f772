import { useCallback, useEffect, useRef, useState } from "react";

/** Whoever has not moved for so long reads, and does not aim. */
const aimMs = 2000;

/** Whether a person is about to do something with what is shown: since `hold` was called last, until `letGo` or a while later. */
export function useHold(): { held: boolean; hold: () => void; letGo: () => void } {
  const [held, setHeld] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const letGo = useCallback(() => {
    clearTimeout(timer.current);
    setHeld(false);
  }, []);
  const hold = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setHeld(false), aimMs);
    setHeld(true);
  }, []);
  useEffect(() => () => clearTimeout(timer.current), []);
  return { held, hold, letGo };
}
