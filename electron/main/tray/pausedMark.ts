/** Two upright bars in the lower right corner of an icon, cut out of what is under them. `bitmap` has 4 bytes a pixel. */
export function withPausedMark(bitmap: Uint8Array, width: number, height: number): Uint8Array {
  const marked = Uint8Array.from(bitmap);
  const size = Math.round(width * 0.5);
  const bar = Math.max(1, Math.round(size / 4));
  const left = width - size;
  const top = height - size;
  const fill = (x: number, y: number, bytes: readonly number[]): void => marked.set(bytes, (y * width + x) * 4);
  const ink = darkest(bitmap);
  for (let y = top; y < height; y++) {
    for (let x = left; x < width; x++) {
      const at = x - left;
      const isBar = (at >= bar && at < 2 * bar) || (at >= 3 * bar && at < 4 * bar);
      fill(x, y, isBar && y > top ? ink : [0, 0, 0, 0]);
    }
  }
  return marked;
}

/** The icon's own colour: that of its most solid pixel. */
function darkest(bitmap: Uint8Array): number[] {
  let best = 0;
  for (let at = 0; at < bitmap.length; at += 4) if ((bitmap[at + 3] ?? 0) > (bitmap[best + 3] ?? 0)) best = at;
  return [...bitmap.subarray(best, best + 4)];
}
