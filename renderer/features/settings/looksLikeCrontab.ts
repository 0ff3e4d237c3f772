/** A line with five fields and a command, or `@daily` and one; an export has neither. */
export function looksLikeCrontab(text: string): boolean {
  return !/^\s*[{[]|^\w+:/m.test(text) && /^\s*(?:@[a-z]+|(?:[\w*,/#-]+\s+){5})\s*\S/m.test(text);
}
