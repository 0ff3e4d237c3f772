/**
 * What every program takes for granted: the language's own objects, and what stands on the global object. A workflow that
 * changes one of them changes it for whatever runs in the same process after it, which is then not used again.
 */
export interface Primordials {
  /** Whether they are as they were when this was made, or last asked to remember. */
  areUnchanged(): boolean;
  /** What a file changes while it loads, it changes in each process that loads it. */
  remember(): void;
}

// Taken before any workflow has run: what is compared may be what a workflow has replaced.
const { ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const { is } = Object;

const names = [
  ...["Object", "Function", "Array", "String", "Number", "Boolean", "Symbol", "BigInt", "Date", "RegExp", "Promise"],
  ...["Map", "Set", "WeakMap", "WeakSet", "WeakRef", "Error", "TypeError", "RangeError", "AggregateError"],
  ...["ArrayBuffer", "DataView", "Uint8Array", "Float64Array", "Proxy", "Reflect", "JSON", "Math", "Intl", "Atomics"],
  ...["URL", "URLSearchParams", "TextEncoder", "TextDecoder", "AbortController", "AbortSignal", "EventTarget", "Event"],
  ...["Buffer", "process", "console"],
];

interface Remembered {
  target: object;
  prototype: object | null;
  /** Of all its keys; null where they come and go. */
  count: number | null;
  keys: (string | symbol)[];
  values: unknown[];
  /** Keys of accessors, and their getters. Those of Node's own that make a value on first use become it. */
  accessors: (string | symbol)[];
  getters: unknown[];
}

export function createPrimordials(): Primordials {
  const targets: object[] = [globalThis];
  const add = (value: unknown): void => {
    if ((typeof value === "object" || typeof value === "function") && value !== null && !targets.includes(value))
      targets.push(value);
  };
  for (const name of names) {
    const value = (globalThis as Record<string, unknown>)[name];
    add(value);
    if (typeof value === "function") add(value.prototype);
  }
  // Prototypes without a name: of iterators, generators, typed arrays.
  for (const value of [[][Symbol.iterator](), new Map().entries(), ""[Symbol.iterator](), async function* () {}])
    for (let at: object | null = getPrototypeOf(value); at !== null; at = getPrototypeOf(at)) add(at);
  add(getPrototypeOf(Uint8Array.prototype));

  let remembered: Remembered[] = [];
  const remember = (): void => {
    remembered = targets.map(rememberOne);
  };
  remember();
  return {
    remember,
    // Loops by number alone: an iterator may be what was replaced.
    areUnchanged() {
      for (let at = 0; at < remembered.length; at++) if (!isUnchanged(remembered[at] as Remembered)) return false;
      return true;
    },
  };
}

function rememberOne(target: object): Remembered {
  const all = ownKeys(target);
  // Node keeps counts of its own under such names.
  const named = all.filter((key) => typeof key === "symbol" || !key.startsWith("_"));
  const isAccessor = (key: string | symbol): boolean => getOwnPropertyDescriptor(target, key)?.get !== undefined;
  const keys = named.filter((key) => !isAccessor(key));
  const accessors = named.filter(isAccessor);
  return {
    target,
    prototype: getPrototypeOf(target),
    count: target === process ? null : all.length,
    keys,
    values: keys.map((key) => read(target, key)),
    accessors,
    getters: accessors.map((key) => getOwnPropertyDescriptor(target, key)?.get),
  };
}

function isUnchanged({ target, prototype, count, keys, values, accessors, getters }: Remembered): boolean {
  if (getPrototypeOf(target) !== prototype) return false;
  if (count !== null && ownKeys(target).length !== count) return false;
  for (let at = 0; at < keys.length; at++) if (!is(read(target, keys[at] as string | symbol), values[at])) return false;
  for (let at = 0; at < accessors.length; at++) {
    const getter = getOwnPropertyDescriptor(target, accessors[at] as string | symbol)?.get;
    if (getter !== undefined && getter !== getters[at]) return false;
  }
  return true;
}

function read(target: object, key: string | symbol): unknown {
  try {
    return (target as Record<string | symbol, unknown>)[key];
  } catch {
    // `caller` and `arguments` of functions.
    return undefined;
  }
}
