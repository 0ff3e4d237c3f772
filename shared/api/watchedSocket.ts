type SocketEvent = { data?: unknown; stopImmediatePropagation(): void };

/** What a socket needs to be able to do; the browser's WebSocket and Node's both can. */
interface Socket {
  readonly readyState: number;
  send(data: string): void;
  close(): void;
  addEventListener(type: "open" | "message" | "error" | "close", listener: (event: SocketEvent) => void): void;
}

export interface SocketWatch<S extends Socket> {
  /** How long nothing may come before it is asked whether the other end is there, ms. */
  quietMs: number;
  /** How long the answer may take, ms. */
  answerMs: number;
  /** How long the opening of a connection may take, ms. */
  openMs: number;
  now: () => number;
  /** Does `work` after `ms`; gives what calls that off. */
  later: (ms: number, work: () => void) => () => void;
  /** Has the listeners of a socket hear an event. */
  tell: (socket: S, type: "error" | "close") => void;
}

/** tRPC's own words: either end answers the first with the second. */
const question = "PING";

/**
 * A class of sockets that notice when nobody is at the other end any more: a machine that fell asleep and a network that is
 * cut say no word of it, and the system's own socket finds out after many minutes, also where it is told to close. Such a
 * socket tells `close` within `quietMs` and `answerMs`, and is silent from then on.
 */
export function watchedSocketClass<S extends Socket>(
  Base: new (url: string) => S,
  watch: SocketWatch<S>,
): new (
  url: string,
) => S {
  const Watched: new (url: string) => Socket = Base;
  return class extends Watched {
    constructor(url: string) {
      super(url);
      watchSocket(this as unknown as S, watch);
    }
  } as unknown as new (
    url: string,
  ) => S;
}

function watchSocket<S extends Socket>(
  socket: S,
  { quietMs, answerMs, openMs, now, later, tell }: SocketWatch<S>,
): void {
  let isOpened = false;
  let isGone = false;
  let isTelling = false;
  const giveUp = () => {
    isGone = true;
    isTelling = true;
    // Whoever waits for it to open is told by the first alone.
    if (!isOpened) tell(socket, "error");
    tell(socket, "close");
    isTelling = false;
    socket.close();
  };
  const ask = () => {
    if (socket.readyState !== 1) return;
    socket.send(question);
    const askedAt = now();
    // Where this end itself has slept, the answer may have come meanwhile and not be read yet.
    callOff = later(answerMs, () => (now() - askedAt > 2 * answerMs ? ask() : giveUp()));
  };
  let callOff = later(openMs, giveUp);
  const hear = () => {
    isOpened = true;
    callOff();
    callOff = later(quietMs, ask);
  };
  const heard = (of: "open" | "message" | "error" | "close", listener: () => void) =>
    socket.addEventListener(of, (event) => {
      if (!isGone) listener();
      else if (!isTelling) event.stopImmediatePropagation();
    });
  heard("open", hear);
  heard("message", hear);
  heard("error", () => callOff());
  heard("close", () => callOff());
}
