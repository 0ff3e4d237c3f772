/** How many runs go on at the same time where nobody has said otherwise. */
export const RUNS_AT_ONCE = 100;
/** Where more wait before a run, its place is told as more than this. */
export const MOST_PLACES = 1000;

/** A named limit: at most so many runs at once of all that belong to it. */
export interface Pool {
  name: string;
  limit: number;
  /** All runs of these workflows belong to it, */
  workflows: string[];
  /** and those of all schedules with one of these tags; and of schedules that name it. */
  tags: string[];
}

/** What a run that has not begun (or begun again) waits for. Times are ISO. */
export type WaitingFor =
  /** As many run as may: `limit` is *Runs at once*. `message`: what of the runtime's is in use, where that is the reason. */
  | { kind: "room"; running: number; limit: number; place: number; message: string | null }
  /** A place in a pool: `limit` of its runs go on at once. */
  | { kind: "pool"; pool: string; limit: number; place: number }
  /** The run of its schedule before it. */
  | { kind: "overlap" }
  /** A place among the runs of its backfill. */
  | { kind: "backfill" }
  /** The delay after a failed attempt. */
  | { kind: "retry"; until: string }
  /** It sleeps, as its workflow has asked. */
  | { kind: "sleep"; until: string }
  /** Nothing takes its workflow now. */
  | { kind: "runtime"; message: string };

/** Longer than this is told to a person, ms. */
export const LONG_WAIT_MS = 60_000;

/** Runs that have waited for room for longer than a minute, those of backfills aside. */
export interface LongWait {
  count: number;
  /** ISO: since when the first. */
  since: string;
  runId: string;
  runsAtOnce: number;
}

const ordinal = (n: number): string => {
  const tens = n % 100;
  const suffix = tens > 10 && tens < 14 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${suffix}`;
};

const placeText = (place: number): string =>
  place > MOST_PLACES
    ? `more than ${MOST_PLACES} are before it`
    : place === 1
      ? "it is next"
      : `it is ${ordinal(place)} in line`;

/** What a run waits for, as a part of a sentence without its end: "Waits for room: 4 runs go on, …". `time` prints an instant. */
export function waitingText(waiting: WaitingFor, time: (iso: string) => string): string {
  switch (waiting.kind) {
    case "room": {
      const why =
        waiting.message ??
        `${waiting.running} of ${waiting.limit} ${waiting.limit === 1 ? "run at once is" : "runs at once are"} running`;
      return `Waits for room: ${why}; ${placeText(waiting.place)}`;
    }
    case "pool":
      return `Waits for the pool ${waiting.pool}, ${waiting.limit} at once; ${placeText(waiting.place)}`;
    case "overlap":
      return "Waits for the run before it to end";
    case "backfill":
      return "Waits for its turn in the backfill";
    case "retry":
      return `Waits until ${time(waiting.until)} to try again`;
    case "sleep":
      return `Sleeps until ${time(waiting.until)}`;
    case "runtime":
      return `Waits for the runtime: ${waiting.message}`;
  }
}
