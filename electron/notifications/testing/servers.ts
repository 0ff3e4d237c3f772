import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

export interface Posted {
  path: string;
  headers: Record<string, unknown>;
  body: string;
}

/** A web server on loopback that keeps what is posted to it, and answers as it is told. */
export async function webhookServer(): Promise<
  AsyncDisposable & {
    url: string;
    posted: Posted[];
    answer: { status: number; text: string; headers: Record<string, string> };
  }
> {
  const posted: Posted[] = [];
  const answer = { status: 200, text: "ok", headers: {} as Record<string, string> };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      posted.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
      response.writeHead(answer.status, answer.headers).end(answer.text);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posted,
    answer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** An SMTP server on loopback that takes mails from one account, and keeps them. */
export async function mailServer(
  account: { user: string; password: string } | null = null,
): Promise<AsyncDisposable & { port: number; mails: { to: string[]; text: string }[] }> {
  const mails: { to: string[]; text: string }[] = [];
  const server = new SMTPServer({
    authOptional: account === null,
    disabledCommands: account === null ? ["AUTH", "STARTTLS"] : ["STARTTLS"],
    allowInsecureAuth: true,
    onAuth(auth, _session, done) {
      if (auth.username === account?.user && auth.password === account?.password) done(null, { user: auth.username });
      else done(new Error("535 5.7.8 wrong user or password"));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString("utf8"),
        });
        done();
      });
    },
  });
  server.on("error", () => {});
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    [Symbol.asyncDispose]: () => new Promise((done) => server.close(() => done())),
  };
}
