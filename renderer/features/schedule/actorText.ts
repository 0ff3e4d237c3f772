const actorWords: Record<string, string> = {
  user: "you",
  cli: "the command line",
  code: "code",
  engine: "Almanac",
  failures: "failures",
};

/** Who did it, as one says it. */
export function actorText(actor: string): string {
  return actorWords[actor] ?? actor;
}
