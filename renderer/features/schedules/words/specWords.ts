/** A spec's words for a list whose zone is printed once: without the reader's own zone. */
export function specWords(specText: string, zone: string, readerZone: string): string {
  if (zone !== readerZone) return specText;
  const suffix = `, ${zone}`;
  const at = specText.lastIndexOf(suffix);
  return at === -1 ? specText : specText.slice(0, at) + specText.slice(at + suffix.length);
}
