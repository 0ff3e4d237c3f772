/** What is made when it is first asked for, once. Where that fails, whoever asks next tries again: a want of files or memory passes. */
export interface Lazy<T> {
  get(): Promise<T>;
  /** What there is, or is being made; null where nothing is. */
  made(): Promise<T | null>;
}

export function lazily<T>(make: () => Promise<T>): Lazy<T> {
  let current: Promise<T> | null = null;
  return {
    get() {
      if (current !== null) return current;
      const making = make();
      current = making;
      making.catch(() => {
        if (current === making) current = null;
      });
      return making;
    },
    made: async () => (current === null ? null : current.catch(() => null)),
  };
}
