/** An abort signal for Ctrl-C and the system's request to end; a second one ends at once. */
export function untilInterrupted(): { signal: AbortSignal; done(): void } {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(name === "SIGINT" ? 130 : 143);
    controller.abort(name);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  process.on("SIGHUP", stop);
  return {
    signal: controller.signal,
    done() {
      for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(name, stop);
    },
  };
}

/** Resolves when the signal aborts, or after `ms` if given. Returns which. */
export function wait(signal: AbortSignal, ms?: number): Promise<"aborted" | "elapsed"> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve("aborted");
    const timer = ms === undefined ? setInterval(() => {}, 86_400_000) : setTimeout(() => finish("elapsed"), ms);
    const onAbort = (): void => finish("aborted");
    const finish = (how: "aborted" | "elapsed"): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(how);
    };
    signal.addEventListener("abort", onAbort);
  });
}
