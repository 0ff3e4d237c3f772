import { burstChars, charsPerPiece, charsPerSecond } from "../output/logPipe.ts";
import { ProtocolError } from "./fromRunner.ts";
import type { FromRunner } from "./protocol.ts";

type Message = Exclude<FromRunner, { type: "batch" }>;

/** Whether a message may come now. Told what the runner is sent, asked for each message that it sends. */
export interface Conduct {
  /** It was sent files to load. */
  preparing(): void;
  /** It was sent a run. */
  given(): void;
  pinged(): void;
  /** @throws ProtocolError */
  check(message: Message): void;
}

/** A pipe keeps to its rate by its own clock, and sends what it holds at the end beyond it. */
const logAllowance = 2 * burstChars;
const logPerMs = (2 * charsPerSecond) / 1000;
/** What no honest run reaches: a step costs its runner longer. Where messages come over a socket, reading it is slower. */
const mostPerSecond = 50_000;
/** Requests for secrets that wait for their answer. */
const mostSecrets = 10_000;

/**
 *   phase      what may come
 *   starting   ready → idle
 *   preparing  prepared → idle
 *   idle       nothing of a run, unfit
 *   given      log, step, spawned (once), started → running, moduleChanged → idle, unfit → idle
 *   running    log, step, spawned (once), ended → idle
 *   any        a pong for each ping, exiting (once), secret
 */
export function createConduct(now: () => number = () => performance.now()): Conduct {
  let phase: "starting" | "preparing" | "idle" | "given" | "running" = "starting";
  let pings = 0;
  let secrets = 0;
  let spawned = false;
  let exiting = false;
  let logChars = logAllowance;
  let second = { from: now(), messages: 0 };
  let filledAt = now();

  const expect = (holds: boolean, { type }: Message): void => {
    if (!holds) throw new ProtocolError(`a message of type ${JSON.stringify(type)} that was not to come now`);
  };
  const inRun = (): boolean => phase === "given" || phase === "running";

  return {
    preparing: () => {
      phase = "preparing";
    },
    given: () => {
      phase = "given";
      spawned = false;
      logChars = logAllowance;
    },
    pinged: () => {
      pings++;
    },
    check(message) {
      const at = now();
      if (at - second.from > 1_000) second = { from: at, messages: 0 };
      if (++second.messages > mostPerSecond) throw new ProtocolError(`more than ${mostPerSecond} messages in a second`);
      switch (message.type) {
        case "ready":
          expect(phase === "starting", message);
          phase = "idle";
          return;
        case "prepared":
          expect(phase === "preparing", message);
          phase = "idle";
          return;
        case "started":
          expect(phase === "given", message);
          phase = "running";
          return;
        case "unfit":
          expect(phase === "idle" || phase === "given", message);
          phase = "idle";
          return;
        case "moduleChanged":
          expect(phase === "given", message);
          phase = "idle";
          return;
        case "ended":
          expect(phase === "running", message);
          phase = "idle";
          return;
        case "spawned":
          expect(inRun() && !spawned, message);
          spawned = true;
          return;
        case "step":
          expect(inRun(), message);
          return;
        case "log":
          expect(inRun(), message);
          logChars = Math.min(logAllowance, logChars + (at - filledAt) * logPerMs);
          filledAt = at;
          logChars -= message.text.length + charsPerPiece;
          if (logChars < 0) throw new ProtocolError("more log than a run may send");
          return;
        case "pong":
          expect(pings-- > 0, message);
          return;
        case "exiting":
          expect(!exiting, message);
          exiting = true;
          return;
        case "secret":
          expect(++secrets <= mostSecrets, message);
          return;
        default:
          expect(false, message);
      }
    },
  };
}
