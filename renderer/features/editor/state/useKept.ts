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
