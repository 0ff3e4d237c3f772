/** So many wrong ones in a minute are taken from one address. */
const maxWrong = 10;
const windowMs = 60_000;
const maxAddresses = 10_000;

/** Limits how often an address may be wrong. What signs in cannot be guessed anyway; this keeps the trying cheap. */
export function createGuessLimiter(now: () => number) {
  const wrong = new Map<string, { count: number; until: number }>();

  function current(address: string): { count: number; until: number } | undefined {
    const found = wrong.get(networkOf(address));
    if (found !== undefined && found.until <= now()) {
      wrong.delete(networkOf(address));
      return undefined;
    }
    return found;
  }

  return {
    /** How long the address must wait, in ms; 0 where it may try. */
    waitMs(address: string): number {
      const found = current(address);
      return found === undefined || found.count < maxWrong ? 0 : found.until - now();
    },
    /** Counts one that was wrong; returns how many it is within its minute. */
    failed(address: string): number {
      const found = current(address) ?? { count: 0, until: now() + windowMs };
      found.count++;
      // Put in anew, so that those longest quiet are the first to be forgotten.
      wrong.delete(networkOf(address));
      wrong.set(networkOf(address), found);
      const oldest = wrong.keys().next().value;
      if (wrong.size > maxAddresses && oldest !== undefined) wrong.delete(oldest);
      return found.count;
    },
  };
}

/** Whoever has one IPv6 address has a whole /64 of them. */
function networkOf(address: string): string {
  return address.includes(":") && !address.startsWith("::") ? address.split(":").slice(0, 4).join(":") : address;
}
