import { expect, test } from "../fixtures/web.ts";

const shell = (command: string) => ["--workflow", "shell.command", "--input", JSON.stringify({ command })];
const yearly = ["--cron", "0 3 1 1 *"];

test("rows stay where they are under a pointer that moves, and the focus goes with its schedule", async ({
  home: page,
  almanac,
}) => {
  for (const id of ["aa", "bb", "cc"]) await almanac("schedules", "create", "--id", id, ...yearly, ...shell("exit 3"));
  const list = page.getByRole("grid", { name: "Schedules" });
  const rowOf = (id: string) => list.getByRole("row", { name: new RegExp(`\\b${id}\\b`) });
  await expect(rowOf("cc")).toBeVisible();
  const topOf = async (id: string) => (await rowOf(id).boundingBox())?.y;
  const attention = list.getByRole("row", { name: /^Needs attention/ });

  await test.step("aimed at", async () => {
    const before = await topOf("bb");
    const place = { x: 600, y: (before ?? 0) + 10 };
    await page.mouse.move(place.x, place.y);
    await almanac("schedules", "trigger", "cc");
    // What is new of a row is said where it stands.
    await expect
      .poll(async () => {
        place.x += place.x > 700 ? -100 : 10;
        await page.mouse.move(place.x, place.y);
        return rowOf("cc").textContent();
      })
      .toContain("Last run failed");
    expect(await topOf("bb")).toBe(before);
    await expect(attention).toHaveCount(0);
  });

  await test.step("once it rests, the list is as it should be", async () => {
    await expect(attention).toHaveAccessibleName(/Needs attention 1/);
    expect(await topOf("cc")).toBeLessThan((await topOf("aa")) ?? 0);
  });

  await test.step("the focus goes with its schedule", async () => {
    await page.mouse.move(5, 5);
    await rowOf("bb").focus();
    await almanac("schedules", "trigger", "bb");
    await expect(attention).toHaveAccessibleName(/Needs attention 2/);
    await expect(rowOf("bb")).toBeFocused();
  });
});
