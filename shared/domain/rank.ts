/** How well words fit a text: 0 not at all; more is better. */
export function rank(query: string, label: string, further: readonly string[] = []): number {
  return createRanking(query)(label, further);
}

/** {@link rank} of one query for many texts. */
export function createRanking(query: string): (label: string, further?: readonly string[]) => number {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return () => 1;
  const whole = words.join(" ");
  return (label, further = []) => {
    const name = label.toLowerCase();
    if (name === whole) return 1000;
    let points = name.startsWith(whole) ? 200 : 0;
    // "job 77" is in "job 77 b" as it stands, but not in "job 1077".
    if (holdsWhole(name, whole)) points += 100;
    const rest = further.join(" ").toLowerCase();
    for (const word of words) {
      if (holdsWhole(name, word)) points += 30;
      else if (startsWord(name, word)) points += 20;
      else if (name.includes(word)) points += 8;
      else if (startsWord(rest, word)) points += 5;
      else if (rest.includes(word)) points += 2;
      else return 0;
    }
    // Of two that fit alike, the shorter says more of itself.
    return points + 1 / (1 + name.length);
  };
}

/** Letters and digits go on in words; digits do so among themselves alone. */
const isWordPart = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}]/u.test(char);

const indexesOf = (text: string, part: string): number[] => {
  const found: number[] = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) found.push(at);
  return found;
};

const startsWord = (text: string, part: string): boolean =>
  indexesOf(text, part).some((at) => !isWordPart(text[at - 1]));

const holdsWhole = (text: string, part: string): boolean =>
  indexesOf(text, part).some((at) => !isWordPart(text[at - 1]) && !isWordPart(text[at + part.length]));

/** Those that fit, the best first; those that fit alike as they came. */
export function ranked<T>(
  query: string,
  items: readonly T[],
  textOf: (item: T) => { label: string; further?: readonly string[] },
): T[] {
  return items
    .map((item) => {
      const { label, further } = textOf(item);
      return { item, points: rank(query, label, further) };
    })
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points)
    .map(({ item }) => item);
}
