/**
 * How many of what waits in each place go into `free`: one of each in turn, so that a long one holds up no other. `takes` is
 * asked before each one; a place that takes no more is passed by from then on.
 */
export function shareOut(
  free: number,
  waiting: readonly number[],
  takes: (place: number) => boolean = () => true,
): number[] {
  const shares = waiting.map(() => 0);
  let open = waiting.map((_, place) => place);
  for (let left = free; left > 0 && open.length > 0; ) {
    const more: number[] = [];
    for (const place of open) {
      const share = shares[place] ?? 0;
      if (left <= 0 || share >= (waiting[place] ?? 0) || !takes(place)) continue;
      shares[place] = share + 1;
      left--;
      more.push(place);
    }
    open = more;
  }
  return shares;
}
