import { useRef } from "react";

/** The value from before for as long as the new one says the same: what is memoized on it stays. Values are JSON or Maps of JSON. */
export function useKept<T>(value: T): T {
  const kept = useRef({ value, text: textOf(value) });
  if (value !== kept.current.value) {
    const text = textOf(value);
    kept.current = text === kept.current.text ? { value: kept.current.value, text } : { value, text };
  }
  return kept.current.value;
}

const textOf = (value: unknown): string => JSON.stringify(value instanceof Map ? [...value] : value) ?? "";

/** A Map whose lists stay the same from before, each for as long as it says the same. */
export function useKeptLists<K, V>(value: ReadonlyMap<K, readonly V[]>): ReadonlyMap<K, readonly V[]> {
  const kept = useRef(value);
  if (value !== kept.current) {
    const before = kept.current;
    kept.current = new Map(
      [...value].map(([key, list]) => {
        const old = before.get(key);
        return [key, old !== undefined && textOf(old) === textOf(list) ? old : list];
      }),
    );
  }
  return kept.current;
}
