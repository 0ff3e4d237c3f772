import { expect, it } from "vitest";
import { inParts } from "../../../shared/api/parts.ts";
import { readTold, type Told } from "./readTold.ts";

interface Lists {
  runs: number[];
}

it("a connection that is lost on the way has nothing told twice", async () => {
  const lists = (from: number): Lists => ({ runs: Array.from({ length: 1_200 }, (_, at) => from + at) });
  const hear: Told<Lists>[] = [];
  const done: number[] = [];
  const reading = readTold<Lists>(
    (told) => {
      hear.push(told);
      return { unsubscribe: () => undefined };
    },
    new AbortController().signal,
    (share) => done.push(share),
  );
  const [told] = hear as [Told<Lists>];
  told.onStarted();
  told.onData({ done: 0.5 });
  const [first] = inParts(lists(0));
  told.onData(first as { part: Partial<Lists> });
  // It has come back: the other end begins anew, with what it knows by now.
  told.onStarted();
  for (const each of inParts(lists(5_000))) told.onData(each);
  expect(await reading).toEqual(lists(5_000));
  expect(done).toEqual([0, 0.5, 0]);
});
