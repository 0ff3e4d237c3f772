import type { Source } from "./calendarSource.ts";
import { upperBound } from "./dayTable.ts";

/** Occurrences of one source: times counted from a base, from index `low` to `high` (left out). */
interface Stretch {
  base: number;
  times: Int32Array;
  low: number;
  high: number;
}

const firstOf = ({ base, times, low }: Stretch): number => base + (times[low] as number);
const lastOf = ({ base, times, high }: Stretch): number => base + (times[high - 1] as number);

function stretchesOf(source: Source, fromAt: number, toAt: number): Stretch[] {
  const list: Stretch[] = [];
  source.walk(fromAt, toAt, (base, times, low, high) => {
    list.push({ base, times, low, high });
    return true;
  });
  return list;
}

/** How many occurrences of a stretch are none of the others'. */
function countOwn(own: Stretch, others: readonly Stretch[]): number {
  const taken = new Uint8Array(own.high - own.low);
  for (const other of others) {
    const shift = own.base - other.base;
    // Of few times each is looked up, of many both lists are gone through.
    const few = (own.high - own.low) * 16 < other.high - other.low;
    let j = other.low;
    for (let i = own.low; i < own.high; i++) {
      const time = (own.times[i] as number) + shift;
      if (few || i === own.low) j = Math.max(other.low, upperBound(other.times, time - 1));
      while (j < other.high && (other.times[j] as number) < time) j++;
      if (j >= other.high) break;
      if (other.times[j] === time) taken[i - own.low] = 1;
    }
  }
  let count = 0;
  for (const one of taken) count += 1 - one;
  return count;
}

/** Counts the union of sources without listing it: days that are alike, and meet others in the same way, are compared once. */
export function createUnionCount(sources: readonly Source[]): (fromAt: number, toAt: number) => number {
  const ids = new Map<Int32Array, number>();
  const idOf = (times: Int32Array) => {
    const id = ids.get(times) ?? ids.size;
    if (id === ids.size) ids.set(times, id);
    return id;
  };
  const known = new Map<string, number>();
  const keyOf = ({ base, times, low, high }: Stretch, own: Stretch) =>
    `${idOf(times)} ${low} ${high} ${own.base - base}`;

  function countOwnOnce(own: Stretch, others: readonly Stretch[]): number {
    let key = keyOf(own, own);
    for (const other of others) key += `,${keyOf(other, own)}`;
    let count = known.get(key);
    if (count === undefined) {
      // Where no two days are alike, what is kept would only grow.
      if (known.size > 20_000) {
        known.clear();
        ids.clear();
      }
      count = countOwn(own, others);
      known.set(key, count);
    }
    return count;
  }

  return (fromAt, toAt) => {
    const lists = sources.map((source) => stretchesOf(source, fromAt, toAt));
    let total = 0;
    lists.forEach((list, i) => {
      const before = lists.slice(0, i).map((others) => ({ others, next: 0 }));
      for (const own of list) {
        const [first, last] = [firstOf(own), lastOf(own)];
        const met: Stretch[] = [];
        for (const cursor of before) {
          while (cursor.next < cursor.others.length && lastOf(cursor.others[cursor.next] as Stretch) < first)
            cursor.next++;
          for (let j = cursor.next; j < cursor.others.length; j++) {
            const other = cursor.others[j] as Stretch;
            if (firstOf(other) > last) break;
            met.push(other);
          }
        }
        total += met.length === 0 ? own.high - own.low : countOwnOnce(own, met);
      }
    });
    return total;
  };
}
