/** So many items of a list are some 100 kB, which a page reads well within a frame. */
const itemsAtOnce = 500;

/**
 * Something with long lists as several messages: the beginnings of its lists, and then the rest of it. Thousands of items in
 * one message would keep a page, and whoever writes it, for several frames.
 */
export function* inParts<T extends object>(whole: T): Generator<{ part: Partial<T> } | { range: T }> {
  const rest: Record<string, unknown> = Object.fromEntries(Object.entries(whole));
  for (const [name, list] of Object.entries(whole)) {
    if (!Array.isArray(list)) continue;
    let from = 0;
    for (; list.length - from > itemsAtOnce; from += itemsAtOnce) {
      yield { part: { [name]: list.slice(from, from + itemsAtOnce) } as Partial<T> };
    }
    rest[name] = list.slice(from);
  }
  yield { range: rest as T };
}

/** What came of {@link inParts}, put together. */
export function joined<T extends object>(parts: readonly Partial<T>[], rest: T): T {
  if (parts.length === 0) return rest;
  const lists = new Map<string, unknown[]>();
  for (const part of [...parts, rest]) {
    for (const [name, list] of Object.entries(part)) {
      if (Array.isArray(list)) lists.set(name, (lists.get(name) ?? []).concat(list));
    }
  }
  return { ...rest, ...Object.fromEntries(lists) };
}
