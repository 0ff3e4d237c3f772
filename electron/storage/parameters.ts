/** Text, quoted names and comments, in which nothing is a parameter, or one: `?`, `?1`, `@name`, `:name`, `$name`. */
const tokens =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|(\?\d*|[@:$][A-Za-z_]\w*)/g;

/**
 * Where a statement sorts, groups or limits, SQLite's planner looks at the values of parameters that are compared with a column,
 * and then plans the statement anew each time they are set, which takes several times as long as running it. With a sign
 * before them it does not, and nothing else changes: a plus leaves every value as it is, texts included.
 */
export function plannedOnce(sql: string): string {
  return sql.replace(tokens, (token, parameter: string | undefined) => (parameter === undefined ? token : `+${token}`));
}

/** A statement whose parameters are given by their places, and the names that stood there. */
export interface ByPlace {
  sql: string;
  names: string[];
}

/**
 * The same, for a statement all of whose parameters have names: by name the driver asks the row twice for each, which takes longer
 * than to set the value. Null where one has no name; or where one stands twice in what is read, since two places are two parameters,
 * and two expressions that were the same are not any more (`group by`, an index of an expression).
 */
export function byPlace(sql: string): ByPlace | null {
  const names: string[] = [];
  let hasPlaces = false;
  const text = sql.replace(tokens, (token, parameter: string | undefined) => {
    if (parameter === undefined) return token;
    if (parameter.startsWith("?")) hasPlaces = true;
    else names.push(parameter.slice(1));
    return "+?";
  });
  if (hasPlaces || names.length === 0) return null;
  const writes = /^\s*(?:insert|update|delete)\b/i.test(sql);
  return writes || new Set(names).size === names.length ? { sql: text, names } : null;
}

/** The values of a row in the order of `names`. Throws RangeError where one is missing. */
export function valuesOf(names: readonly string[], row: Readonly<Record<string, unknown>>): unknown[] {
  const values = new Array<unknown>(names.length);
  for (let at = 0; at < names.length; at++) {
    const value = row[names[at] as string];
    if (value === undefined) throw new RangeError(`Missing named parameter "${names[at]}"`);
    values[at] = value;
  }
  return values;
}
