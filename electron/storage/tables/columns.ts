const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** `select` list that gives snake_case columns their camelCase names: `next_run_at as "nextRunAt"`. */
export function selectList(names: readonly string[], table = ""): string {
  const prefix = table === "" ? "" : `${table}.`;
  return names.map((name) => `${prefix}${snake(name)} as "${name}"`).join(", ");
}

/** `(a, b) values (@a, @b)` for an insert of a camelCase record. */
export function insertList(names: readonly string[]): string {
  return `(${names.map(snake).join(", ")}) values (${names.map((name) => `@${name}`).join(", ")})`;
}

/** Whether a column holds one of these words, as the indexes ask that hold such rows alone (a list would be another question). */
export const oneOf = (column: string, words: readonly string[]): string =>
  `(${words.map((word) => `${column} = '${word}'`).join(" or ")})`;

/** `a = @a, b = @b` for an update with a camelCase record. */
export function setList(names: readonly string[]): string {
  return names.map((name) => `${snake(name)} = @${name}`).join(", ");
}
