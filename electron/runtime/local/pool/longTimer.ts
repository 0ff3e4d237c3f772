/** Timers overflow at 2^31 ms: longer waits go in parts. */
export function startLongTimer(ms: number, then: () => void): { cancel(): void } {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    const part = Math.min(left, 2 ** 30);
    timer = setTimeout(() => (part >= left ? then() : wait(left - part)), part);
  };
  wait(ms);
  return { cancel: () => clearTimeout(timer) };
}
