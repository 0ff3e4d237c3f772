import { expect, test } from "vitest";
import { turnOf } from "./slots.ts";

const cases = [
  // Of the backfill, of its schedule, how many at a time; what becomes of a turn beside live work, a due one, and neither.
  ["skip", "allow_all", 1, "cancel", "start", "start"],
  ["skip", "allow_all", 2, "cancel", "start", "start"],
  ["skip", "skip", 1, "cancel", "wait", "start"],
  ["skip", "buffer_all", 2, "cancel", "start", "start"],
  ["allow_all", "skip", 1, "start", "start", "start"],
  ["allow_all", "buffer_one", 2, "start", "start", "start"],
  ["buffer_all", "allow_all", 1, "start", "start", "start"],
  ["buffer_one", "allow_all", 2, "start", "start", "start"],
  ["buffer_all", "cancel_other", 1, "wait", "wait", "start"],
  ["buffer_one", "skip", 1, "wait", "wait", "start"],
  ["buffer_all", "buffer_all", 2, "start", "start", "start"],
] as const;

test.each(cases)(
  "policy %s over a schedule's %s, %i at a time: beside live work %s, before a due occurrence %s, else %s",
  (overlap_policy, schedule_overlap, concurrency, besideLive, beforeDue, otherwise) => {
    const turn = (isThere: boolean, isDue: boolean) =>
      turnOf({ overlap_policy, schedule_overlap, concurrency }, { isThere: () => isThere, isDue: () => isDue });
    expect(turn(true, false)).toBe(besideLive);
    expect(turn(true, true)).toBe(besideLive);
    expect(turn(false, true)).toBe(beforeDue);
    expect(turn(false, false)).toBe(otherwise);
  },
);
