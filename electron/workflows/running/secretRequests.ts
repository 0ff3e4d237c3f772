import { RunFailure } from "./failures.ts";

type Answer = { id: number; value: string | null; problem?: string };

/** Values that are asked of the program and come later. */
export interface SecretRequests {
  request(ask: (id: number) => void): Promise<string | null>;
  /** Of whatever asked for it; unknown ids are ignored. */
  answer(answer: Answer): void;
}

export function createSecretRequests(): SecretRequests {
  const open = new Map<number, { give(value: string | null): void; refuse(error: Error): void }>();
  let next = 1;
  return {
    request: (ask) =>
      new Promise((give, refuse) => {
        const id = next++;
        open.set(id, { give, refuse });
        ask(id);
      }),
    answer({ id, value, problem }) {
      if (problem === undefined) open.get(id)?.give(value);
      else open.get(id)?.refuse(new RunFailure("INVALID_INPUT", problem));
      open.delete(id);
    },
  };
}
