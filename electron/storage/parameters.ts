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
