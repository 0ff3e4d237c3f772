import { connect, createServer, type Socket } from "node:net";

/** A way to a port that can be cut. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /**
   * `open`; `blackhole`: connections stay and nothing comes through; `refuse`: they are reset, and new ones too; `cut`: what is
   * asked gets there, and each connection is reset in place of the answer.
   */
  set(mode: "open" | "blackhole" | "refuse" | "cut"): void;
  /** What goes through from now on takes so long, each way. */
  delay(ms: number): void;
  /** Leads new connections to another port; those that there are stay. */
  turn(port: number): void;
}

export async function startProxy(port: number): Promise<Proxy> {
  let target = port;
  let delayMs = 0;
  let mode: Parameters<Proxy["set"]>[0] = "open";
  const pairs = new Set<[Socket, Socket]>();
  const server = createServer((from) => {
    from.on("error", () => {});
    if (mode === "refuse") {
      from.resetAndDestroy();
      return;
    }
    const to = connect(target, "127.0.0.1");
    to.on("error", () => from.destroy());
    const pair: [Socket, Socket] = [from, to];
    pairs.add(pair);
    const pass = (data: Buffer, end: Socket): void => {
      if (mode === "cut" && end === from) from.resetAndDestroy();
      if (mode === "blackhole" || mode === "refuse" || end.destroyed) return;
      if (delayMs === 0) end.write(data);
      else setTimeout(() => end.write(data), delayMs);
    };
    from.on("data", (data) => pass(data, to));
    to.on("data", (data) => pass(data, from));
    for (const [one, other] of [pair, [...pair].reverse() as [Socket, Socket]]) {
      one.on("close", () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", () => done()));
  return {
    port: (server.address() as { port: number }).port,
    set(next) {
      mode = next;
      if (next === "refuse") for (const [from] of pairs) from.resetAndDestroy();
    },
    delay(ms) {
      delayMs = ms;
    },
    turn(next) {
      target = next;
    },
    async [Symbol.asyncDispose]() {
      for (const [from, to] of pairs) {
        from.destroy();
        to.destroy();
      }
      await new Promise((done) => server.close(done));
    },
  };
}
