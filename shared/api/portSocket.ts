/** What a message port needs to be able to do; DOM's MessagePort and Node's both can. */
export interface PortEnd {
  postMessage(message: unknown): void;
  addEventListener(type: "message" | "close", listener: (event: { data?: unknown }) => void): void;
  start(): void;
  close(): void;
}

/** First message of the engine's end: it listens from now on. */
export const portOpened = "OPEN";
/** Last message of either end. */
export const portClosed = "CLOSE";

type SocketEvent = { type: string; data?: unknown; code?: number };
type Listener = (this: PortSocket, event: SocketEvent) => void;

interface PortSocket {
  readonly readyState: number;
  send(data: string): void;
  close(): void;
  addEventListener(type: string, listener: Listener): void;
  removeEventListener(type: string, listener: Listener): void;
}

/**
 * A class that speaks like a browser's `WebSocket` over message ports, for tRPC's `createWSClient`:
 * `createWSClient({ url: "port:", WebSocket: portSocketClass(connect) as unknown as typeof WebSocket })`.
 * Each connection attempt asks `connect` for a fresh port whose other end was given to `attachMessagePort`.
 * `open` fires when the other end's first message arrives, which is always a later macrotask than the constructor.
 * An attempt that comes to nothing tells `error` and then `close`, as a browser's socket does: tRPC waits for either of the
 * first two, and for ever if only `close` comes.
 */
export function portSocketClass(connect: () => Promise<PortEnd>): new (url: string) => PortSocket {
  return class implements PortSocket {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;

    readyState = 0;
    binaryType = "arraybuffer";
    #port: PortEnd | undefined;
    readonly #listeners = new Map<string, Set<Listener>>();

    constructor() {
      // Asked a turn later: nobody listens yet, and a refusal at once would be told to nobody.
      Promise.resolve()
        .then(connect)
        .then(
          (port) => this.#listen(port),
          () => this.#end(),
        );
    }

    send(data: string): void {
      if (this.readyState !== 1) throw new Error("the port is not open");
      this.#port?.postMessage(data);
    }

    close(): void {
      this.#port?.postMessage(portClosed);
      this.#end();
    }

    addEventListener(type: string, listener: Listener): void {
      const listeners = this.#listeners.get(type) ?? new Set();
      this.#listeners.set(type, listeners.add(listener));
    }

    removeEventListener(type: string, listener: Listener): void {
      this.#listeners.get(type)?.delete(listener);
    }

    #listen(port: PortEnd): void {
      if (this.readyState === 3) {
        port.close();
        return;
      }
      this.#port = port;
      port.addEventListener("message", ({ data }) => this.#receive(data));
      port.addEventListener("close", () => this.#end());
      port.start();
    }

    #receive(data: unknown): void {
      if (this.readyState === 0 && data === portOpened) {
        this.readyState = 1;
        this.#tell({ type: "open" });
      } else if (data === portClosed) {
        this.#end();
      } else if (this.readyState === 1 && typeof data === "string") {
        this.#tell({ type: "message", data });
      }
    }

    #end(): void {
      if (this.readyState === 3) return;
      const neverOpened = this.readyState === 0;
      this.readyState = 3;
      this.#port?.close();
      if (neverOpened) this.#tell({ type: "error" });
      this.#tell({ type: "close", code: neverOpened ? 1006 : 1000 });
    }

    #tell(event: SocketEvent): void {
      for (const listener of [...(this.#listeners.get(event.type) ?? [])]) listener.call(this, event);
    }
  };
}
