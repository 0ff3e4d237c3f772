/** A part of the pages' own code did not come. `answered`: what serves the pages does answer, so it is that part which is missing. */
export class UnreachableError extends Error {
  readonly answered: boolean;

  constructor(cause: unknown, answered: boolean) {
    super(
      answered
        ? "A part of this page did not come. If Almanac was updated meanwhile, it comes once the page is loaded anew."
        : "Almanac is not running, or the connection to it is lost.",
      { cause },
    );
    this.answered = answered;
  }
}

/** Code that is loaded when it is first needed; rejects with an {@link UnreachableError} where it does not come. */
export async function loaded<T>(code: Promise<T>): Promise<T> {
  try {
    return await code;
  } catch (error) {
    throw new UnreachableError(error, await answers());
  }
}

/** Whether what serves the pages answers at all. */
export async function answers(): Promise<boolean> {
  return fetch(window.location.origin, { method: "HEAD", cache: "no-store" }).then(
    () => true,
    () => false,
  );
}
