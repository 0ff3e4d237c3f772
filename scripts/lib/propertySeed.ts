import fc from "fast-check";

const seed = Number(process.env["ALMANAC_SEED"]);

/** Once a run: says what all chance in it comes from. */
export const setup = (): void => console.log(`seed ${seed}`);

// In each test file: properties draw their cases from it.
fc.configureGlobal({ seed });
