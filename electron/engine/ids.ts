import { randomBytes } from "node:crypto";

/** Makes ids that sort by time of creation, so that inserts append: 10 characters of ms, 16 of chance (a ULID). */
export type Ids = (at: number) => string;

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function timePart(at: number): string {
  let text = "";
  for (let rest = Math.max(0, at), i = 0; i < 10; i += 1) {
    text = ALPHABET[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** No id made at or after `at` sorts before this one. */
export const firstIdAt = (at: number): string => timePart(at) + "0".repeat(16);

/** Ids of one process only ever grow, also within a millisecond and when the clock is set back. */
export function createIds(random: (size: number) => Uint8Array = randomBytes): Ids {
  let lastAt = -1;
  let prefix = "";
  const digits = new Uint8Array(16);
  return (at) => {
    if (at > lastAt) {
      lastAt = at;
      prefix = timePart(at);
      random(16).forEach((byte, i) => {
        digits[i] = byte & 31;
      });
      // Room to count up.
      digits[0] = (digits[0] as number) & 15;
    } else {
      for (let i = 15; i >= 0; i -= 1) {
        if (digits[i] === 31) digits[i] = 0;
        else {
          digits[i] = (digits[i] as number) + 1;
          break;
        }
      }
    }
    let text = prefix;
    for (const digit of digits) text += ALPHABET[digit];
    return text;
  };
}
