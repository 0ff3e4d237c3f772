/** Waits for `work` for `ms` at most, whatever comes of it: a Redis that answers no more must hold up no end. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let stopWaiting: NodeJS.Timeout | undefined;
  const over = new Promise<void>((done) => {
    stopWaiting = setTimeout(done, ms);
  });
  await Promise.race([work.catch(() => {}), over]);
  clearTimeout(stopWaiting);
}
