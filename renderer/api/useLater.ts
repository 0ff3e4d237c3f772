import { useCallback, useEffect, useState } from "react";

/**
 * Code that comes after the page: asked for once the page is drawn, and by `ask` again where it did not come. Null until it
 * is there; `ask` rejects where it does not come. `load` stays the same function.
 */
export function useLater<Code extends object>(load: () => Promise<Code>): [Code | null, () => Promise<void>] {
  const [code, setCode] = useState<Code | null>(null);
  const ask = useCallback(async () => {
    const come = await load();
    setCode(come);
  }, [load]);
  useEffect(() => {
    // Whoever needs it asks again, and is told.
    ask().catch(() => {});
  }, [ask]);
  return [code, ask];
}
