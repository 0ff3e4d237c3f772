/** A part of the pages' own code did not come: the program that serves it is gone, or the way to it is. */
export class UnreachableError extends Error {
  constructor(cause: unknown) {
    super("Almanac is not running, or the connection to it is lost.", { cause });
  }
}

/** Code that is loaded when it is first needed; rejects with an {@link UnreachableError} where it does not come. */
export async function loaded<T>(code: Promise<T>): Promise<T> {
  try {
    return await code;
  } catch (error) {
    throw new UnreachableError(error);
  }
}

/** Whether what serves the pages answers at all. */
export async function answers(): Promise<boolean> {
  return fetch(window.location.origin, { method: "HEAD", cache: "no-store" }).then(
    () => true,
    () => false,
  );
}
