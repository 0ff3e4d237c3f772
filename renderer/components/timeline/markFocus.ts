/** Moves the focus to the next mark of its row; false where there is none. */
export function focusInLane(target: HTMLElement, by: number): boolean {
  const lane = target.closest("[data-lane]");
  if (lane === null) return false;
  const places = [...lane.querySelectorAll<HTMLElement>("a, button")].sort((a, b) => a.offsetLeft - b.offsetLeft);
  const to = places[places.indexOf(target) + by];
  to?.focus();
  return to !== undefined;
}

/** Moves the focus to the nearest mark of the next row that has any; false where there is none. */
export function focusInRow(target: HTMLElement, by: number): boolean {
  const rows = [...(target.closest("[role=list]")?.querySelectorAll<HTMLElement>("[data-lane]") ?? [])];
  const at = rows.findIndex((row) => row.contains(target));
  if (at < 0) return false;
  const near = (row: HTMLElement): HTMLElement | undefined =>
    [...row.querySelectorAll<HTMLElement>("a, button")].sort(
      (a, b) => Math.abs(a.offsetLeft - target.offsetLeft) - Math.abs(b.offsetLeft - target.offsetLeft),
    )[0];
  for (let index = at + by; rows[index] !== undefined; index += by) {
    const to = near(rows[index] as HTMLElement);
    if (to === undefined) continue;
    to.focus();
    return true;
  }
  return false;
}
