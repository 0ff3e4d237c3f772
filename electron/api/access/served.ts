/** Where this process answers programs, while it does: what an address of ours begins with. */
export function createServed() {
  const origins = new Map<symbol, () => string>();
  return {
    /** Returns what takes it out again. */
    add(origin: () => string): () => void {
      const key = Symbol("served");
      origins.set(key, origin);
      return () => void origins.delete(key);
    },
    origins: (): string[] => [...new Set([...origins.values()].map((origin) => origin()))],
  };
}
export type Served = ReturnType<typeof createServed>;
