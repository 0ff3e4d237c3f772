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
    if (placeIn(name, whole) === "whole") points += 100;
    let rest: string | undefined;
    for (const word of words) {
      const own = pointsInName[placeIn(name, word)];
      if (own > 0) {
        points += own;
        continue;
      }
      rest ??= further.join(" ").toLowerCase();
      const other = pointsInRest[placeIn(rest, word)];
      if (other === 0) return 0;
      points += other;
    }
    // Of two that fit alike, the shorter says more of itself.
    return points + 1 / (1 + name.length);
  };
}

type Place = "whole" | "start" | "within" | "none";

const pointsInName: Record<Place, number> = { whole: 30, start: 20, within: 8, none: 0 };
const pointsInRest: Record<Place, number> = { whole: 5, start: 5, within: 2, none: 0 };

/** Where a part stands in a text at its best: as a whole word, at the start of one, or within one. */
function placeIn(text: string, part: string): Place {
  let best: Place = "none";
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    if (isWordPart(text[at - 1])) {
      if (best === "none") best = "within";
    } else if (isWordPart(text[at + part.length])) best = "start";
    else return "whole";
  }
  return best;
}

/** Letters and digits go on in words; digits do so among themselves alone. Of lower case, as all that is asked here. */
function isWordPart(char: string | undefined): boolean {
  if (char === undefined) return false;
  // Nearly all are of these, and a pattern of all that Unicode has takes ten times as long.
  if (char < "\x80") return (char >= "a" && char <= "z") || (char >= "0" && char <= "9");
  return /[\p{L}\p{N}]/u.test(char);
}

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
