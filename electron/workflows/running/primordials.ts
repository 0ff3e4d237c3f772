/**
 * What every program takes for granted: the language's own objects, and what stands on the global object. A workflow that
 * changes one of them changes it for whatever runs in the same process after it, which is then not used again.
 */
export interface Primordials {
  /** Whether they are as they were when this was made, or last asked to remember. */
  areUnchanged(): boolean;
  /** The same in a sixth of the time, but for what was added under symbols or so that no loop shows it. */
  seemUnchanged(): boolean;
  /** What a file changes while it loads, it changes in each process that loads it. */
  remember(): void;
}

// Taken before any workflow has run: what is compared may be what a workflow has replaced.
const { ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const { is, keys: enumerableKeys } = Object;

const names = [
  ...["Object", "Function", "Array", "String", "Number", "Boolean", "Symbol", "BigInt", "Date", "RegExp", "Promise"],
  ...["Map", "Set", "WeakMap", "WeakSet", "WeakRef", "Error", "TypeError", "RangeError", "AggregateError"],
  ...["ArrayBuffer", "DataView", "Uint8Array", "Float64Array", "Proxy", "Reflect", "JSON", "Math", "Intl", "Atomics"],
  ...["URL", "URLSearchParams", "TextEncoder", "TextDecoder", "AbortController", "AbortSignal", "EventTarget", "Event"],
  ...["Buffer", "process", "console"],
];

/**
 * Interfaces that Node loads when they are first read, and with them a third of itself (undici, HTTP/2, web streams), which
 * would then be in every runner. Whoever uses one by its name finds what Node has; that one was replaced is not noticed.
 */
const lateInterfaces = new Set<string | symbol>([
  ...["FormData", "Headers", "Request", "Response", "MessageEvent", "WebSocket", "CloseEvent", "EventSource"],
  ...["Crypto", "CryptoKey", "SubtleCrypto", "CustomEvent", "Navigator", "File", "Storage", "BroadcastChannel"],
  ...["ReadableStream", "ReadableStreamDefaultReader", "ReadableStreamBYOBReader", "ReadableStreamBYOBRequest"],
  ...["ReadableByteStreamController", "ReadableStreamDefaultController", "TransformStream"],
  ...["TransformStreamDefaultController", "WritableStream", "WritableStreamDefaultController"],
  ...["WritableStreamDefaultWriter", "ByteLengthQueuingStrategy", "CountQueuingStrategy", "TextEncoderStream"],
  ...["TextDecoderStream", "CompressionStream", "DecompressionStream"],
]);

/** What was remembered, in lists side by side: a run of nothing takes less time than a walk over objects would. */
interface Remembered {
  targets: object[];
  prototypes: (object | null)[];
  /** Of all keys of each; null where they come and go. */
  counts: (number | null)[];
  /** Of those of them that a loop shows. */
  enumerableCounts: number[];
  /** Properties with a value: of which object, by which key, and what it was. */
  owners: object[];
  keys: (string | symbol)[];
  values: unknown[];
  /** Accessors, and their getters. Those of Node's own that make a value on first use become it. */
  accessorOwners: object[];
  accessors: (string | symbol)[];
  getters: unknown[];
  /** Whether each property with a value has the one it had. */
  haveValues(): boolean;
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

  // Twice: some are made when they are first read.
  rememberAll(targets);
  let remembered = rememberAll(targets);
  return {
    remember() {
      remembered = rememberAll(targets);
    },
    areUnchanged: () => haveTheirKeys(remembered) && isUnchanged(remembered),
    seemUnchanged: () => isUnchanged(remembered),
  };
}

function rememberAll(targets: readonly object[]): Remembered {
  const all: Remembered = {
    targets: [...targets],
    prototypes: targets.map((target) => getPrototypeOf(target)),
    counts: targets.map((target) => (target === process ? null : ownKeys(target).length)),
    enumerableCounts: targets.map((target) => enumerableKeys(target).length),
    owners: [],
    keys: [],
    values: [],
    accessorOwners: [],
    accessors: [],
    getters: [],
    haveValues: () => true,
  };
  for (const target of targets) {
    for (const key of ownKeys(target)) {
      if (target === globalThis && lateInterfaces.has(key)) continue;
      // Node keeps counts of its own under such names.
      if (typeof key === "string" && key.startsWith("_")) continue;
      const getter = getOwnPropertyDescriptor(target, key)?.get;
      if (getter !== undefined) {
        all.accessorOwners.push(target);
        all.accessors.push(key);
        all.getters.push(getter);
        continue;
      }
      try {
        all.values.push((target as Record<string | symbol, unknown>)[key]);
      } catch {
        // `caller` and `arguments` of functions.
        continue;
      }
      all.owners.push(target);
      all.keys.push(key);
    }
  }
  all.haveValues = comparison(all);
  return all;
}

/** More in one function are not compiled for speed. */
const valuesInFunction = 60;

/**
 * Compares each value by code of its own: read by names that stand in it, a thousand properties take a tenth of the time that
 * a loop over keys takes, which was a third of a run of nothing.
 */
function comparison({ targets, owners, keys, values }: Remembered): () => boolean {
  const places = new Map(targets.map((target, at) => [target, at]));
  const parts: (() => boolean)[] = [];
  for (let from = 0; from < keys.length; from += valuesInFunction) {
    const indices = keys.slice(from, from + valuesInFunction).map((_, at) => from + at);
    const used = new Set(indices.map((at) => places.get(owners[at] as object)));
    const lines = indices.map((at) => {
      const key = keys[at];
      const isName = typeof key === "string" && /^[A-Za-z$][\w$]*$/.test(key);
      const read = `t${places.get(owners[at] as object)}${isName ? `.${key}` : `[k[${at}]]`}`;
      return `x = ${read}; if (x !== v${at} && !is(x, v${at})) return false;`;
    });
    const constants = [
      ...[...used].map((at) => `const t${at} = targets[${at}];`),
      ...indices.map((at) => `const v${at} = v[${at}];`),
    ];
    const made = new Function(
      "targets",
      "k",
      "v",
      "is",
      [...constants, "return () => { let x;", ...lines, "return true; };"].join("\n"),
    );
    parts.push(made(targets, keys, values, is) as () => boolean);
  }
  return () => {
    for (let at = 0; at < parts.length; at++) if (!(parts[at] as () => boolean)()) return false;
    return true;
  };
}

/** Loops by number alone, here as below: an iterator may be what was replaced. */
function haveTheirKeys({ targets, counts }: Remembered): boolean {
  for (let at = 0; at < targets.length; at++)
    if (counts[at] !== null && ownKeys(targets[at] as object).length !== counts[at]) return false;
  return true;
}

function isUnchanged(all: Remembered): boolean {
  const { targets, prototypes, counts, enumerableCounts, accessorOwners, accessors, getters } = all;
  for (let at = 0; at < targets.length; at++) {
    const target = targets[at] as object;
    if (getPrototypeOf(target) !== prototypes[at]) return false;
    if (counts[at] !== null && enumerableKeys(target).length !== enumerableCounts[at]) return false;
  }
  try {
    if (!all.haveValues()) return false;
  } catch {
    // What had a value is read by a function now.
    return false;
  }
  for (let at = 0; at < accessors.length; at++) {
    const getter = getOwnPropertyDescriptor(accessorOwners[at] as object, accessors[at] as string)?.get;
    if (getter !== undefined && getter !== getters[at]) return false;
  }
  return true;
}
