import { connect, createServer, type Socket } from "node:net";

/** A command as it goes to Redis: its name and its arguments. */
export type Command = readonly string[];

/**
 * A way to Redis with a trap. At the first command that fits it springs: before Redis has the command, or after Redis has done
 * it and before its answer is seen. Where it is `last`, nothing comes through from then on; else all goes on.
 */
export interface Trap extends AsyncDisposable {
  readonly port: number;
  /** Resolves once `spring` was called. */
  set(setting: {
    when: "before" | "after";
    fits: (command: Command) => boolean;
    last: boolean;
    spring: () => void;
  }): Promise<void>;
}
type Setting = Parameters<Trap["set"]>[0];

const mark = "almanac-trap";
const marker = `*2\r\n$4\r\nECHO\r\n$${mark.length}\r\n${mark}\r\n`;
const marked = Buffer.from(`$${mark.length}\r\n${mark}\r\n`);

export async function startTrap(target: number): Promise<Trap> {
  let setting: Setting | null = null;
  let sprung = false;
  const sockets = new Set<Socket>();

  const springNow = (): void => {
    const now = setting;
    setting = null;
    sprung = now?.last === true;
    now?.spring();
  };

  const server = createServer((from) => {
    const to = connect(target, "127.0.0.1");
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    let asked = Buffer.alloc(0);
    let answered = Buffer.alloc(0);
    /** A command that fits has gone on, and its answer is waited for. */
    let watching = false;

    const pass = (): void => {
      while (!watching && !sprung) {
        const found = firstCommand(asked);
        if (found === null) return;
        const fits = setting?.fits(found.words) === true ? setting.when : null;
        if (fits === "before") springNow();
        if (sprung) return;
        to.write(asked.subarray(0, found.bytes));
        asked = asked.subarray(found.bytes);
        if (fits === "after") {
          watching = true;
          to.write(marker);
        }
      }
    };
    from.on("data", (data: Buffer) => {
      asked = Buffer.concat([asked, data]);
      pass();
    });
    to.on("data", (data: Buffer) => {
      if (sprung) return;
      if (!watching) {
        from.write(data);
        return;
      }
      answered = Buffer.concat([answered, data]);
      const at = answered.indexOf(marked);
      if (at < 0) return;
      const answers = answered.subarray(0, at);
      // It was not done where its script is not there yet: then its text comes next.
      if (!answers.includes("NOSCRIPT")) springNow();
      if (sprung) return;
      watching = false;
      from.write(answers);
      from.write(answered.subarray(at + marked.length));
      answered = Buffer.alloc(0);
      pass();
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", () => done()));
  return {
    port: (server.address() as { port: number }).port,
    set: (next) =>
      new Promise((done) => {
        sprung = false;
        setting = {
          ...next,
          spring() {
            next.spring();
            done();
          },
        };
      }),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

/** The first command of what a client sends (arrays of strings, as every client library does); null while it is not whole. */
function firstCommand(bytes: Buffer): { words: string[]; bytes: number } | null {
  let at = 0;
  const number = (sign: string): number | null => {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return null;
    const line = bytes.toString("latin1", at, end);
    if (!line.startsWith(sign)) throw new Error(`no command of Redis: ${line.slice(0, 50)}`);
    at = end + 2;
    return Number(line.slice(1));
  };
  const count = number("*");
  if (count === null) return null;
  const words: string[] = [];
  for (let n = 0; n < count; n++) {
    const length = number("$");
    if (length === null || at + length + 2 > bytes.length) return null;
    words.push(bytes.toString("utf8", at, at + length));
    at += length + 2;
  }
  return { words, bytes: at };
}
