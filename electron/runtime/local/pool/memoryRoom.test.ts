import { expect, test } from "vitest";
import { createMemoryRoom, type MemoryRoomOptions } from "./memoryRoom.ts";

const runners = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 2);

test("as many as fit into what is available, less a reserve, by what those there are take", () => {
  const most = (availableMb: number, meanMb: number | null, count = 0): number =>
    createMemoryRoom(() => runners(count), { availableMb: () => availableMb, meanMb: () => meanMb }).most();
  // 1,000 less 256, by 60 where none has been measured, and where they are smaller.
  expect(most(1_000, null)).toBe(12);
  expect(most(1_000, 20, 3)).toBe(15);
  expect(most(1_000, 150, 3)).toBe(7);
  // 10,000 less a tenth.
  expect(most(10_000, 90, 3)).toBe(103);
  // What there is stays.
  expect(most(200, 90, 3)).toBe(3);
});

test("where the system does not say what is available, half of all memory bounds how many there are", () => {
  const unmeasured: MemoryRoomOptions = { availableMb: () => null, meanMb: () => null, totalMb: 8_192 };
  for (const count of [0, 25, 60]) expect(createMemoryRoom(() => runners(count), unmeasured).most()).toBe(40);
});

test("is measured once a second: those that are started meanwhile are within it", () => {
  let [at, available, there]: [number, number, (number | undefined)[]] = [0, 1_000, []];
  const room = createMemoryRoom(() => there, { availableMb: () => available, meanMb: () => null, now: () => at });
  expect(room.most()).toBe(12);
  available = 400;
  there = [2, undefined];
  at = 999;
  expect(room.most()).toBe(12);
  at = 1_000;
  expect(room.most()).toBe(4);
});
