import { addEntry, begin } from "../fixtures/editor.ts";
import { expect, test } from "../fixtures/web.ts";

// A recording takes a picture of the whole page at every key, which would be measured with it.
test.use({ trace: "off" });

test("each keystroke is previewed, and how long that takes is printed", async ({ home }) => {
  await begin(home, "Measured");
  await addEntry(home, "Calendar");
  await addEntry(home, "Cron");
  await addEntry(home, "Interval");
  const input = home.getByLabel("Cron expression");
  await input.fill("0 9 * * 1-5");
  await home.evaluate(() => performance.clearMeasures("preview"));
  // From the key going down to the frame that shows what came of it.
  await home.evaluate(() => {
    const frames: number[] = [];
    Object.assign(window, { frames });
    document.addEventListener(
      "input",
      () => {
        const from = performance.now();
        requestAnimationFrame(() => setTimeout(() => frames.push(performance.now() - from)));
      },
      true,
    );
  });
  await input.press("End");
  const keys = [",", "6", "Backspace", "Backspace", ",", "0", "Backspace", "Backspace"];
  for (const key of [...keys, ...keys, ...keys]) {
    await input.press(key);
    await home.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  }
  const timings = await home.evaluate(() => ({
    preview: performance.getEntriesByName("preview").map((entry) => entry.duration),
    frames: (window as unknown as { frames: number[] }).frames,
  }));
  const text = (list: number[]) => {
    const sorted = list.toSorted((a, b) => a - b);
    const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
    return `${at(0.5)} half of them, ${at(0.95)} of 95 %, ${at(1)} at most`;
  };
  console.log(
    `preview per keystroke (ms): ${text(timings.preview)}; keystroke to painted frame (ms): ${text(timings.frames)}`,
  );
  expect(timings.preview.length).toBeGreaterThan(0);
});
