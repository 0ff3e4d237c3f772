import { Skeleton } from "@mantine/core";
import { useEffect, useState } from "react";

/** Grey rows while a list is read; nothing at all for the first moment, so that quick answers do not flicker. */
export function LoadingRows(props: { rows?: number; height?: number }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 200);
    return () => clearTimeout(timer);
  }, []);
  const rows = props.rows ?? 6;
  return (
    <div role="status" aria-label="Loading" style={{ padding: 16, minHeight: rows * 24 }}>
      {shown &&
        Array.from({ length: rows }, (_, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
          <Skeleton key={row} height={props.height ?? 16} mb={16} width={`${92 - ((row * 17) % 40)}%`} radius="sm" />
        ))}
    </div>
  );
}
