/**
 * The place of a menu that a key asks for: under the row's beginning. Told once the key has been dealt with, since a menu
 * closes at a key that is pressed outside of it.
 */
export function menuPlace(row: Element, open: (near: DOMRect) => void): void {
  const { left, top, height } = row.getBoundingClientRect();
  setTimeout(() => open(new DOMRect(left + 240, top, 0, height)));
}
