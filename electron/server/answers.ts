import type { IncomingMessage, ServerResponse } from "node:http";

/** On every answer, whatever it is. */
export const safetyHeaders = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy":
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=(), serial=(), hid=()",
};

export function answer(
  response: ServerResponse,
  status: number,
  text = "",
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    ...safetyHeaders,
    "Cache-Control": "no-store",
    "Content-Type": "text/plain; charset=utf-8",
    ...headers,
  });
  response.end(text === "" ? "" : `${text}\n`);
}

export function answerJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  answer(response, status, JSON.stringify(value), { "Content-Type": "application/json", ...headers });
}

/** Answers and hangs up: what else the client sends is not read. */
export function refuse(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  // Kept now: once answered, the request has no socket any more.
  const { socket } = request;
  response.on("finish", () => socket.destroySoon());
  answer(response, status, text, { Connection: "close" });
}

/** The body as text; null where it is longer than `most` bytes, as soon as that shows. */
export function readBody(request: IncomingMessage, most: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers["content-length"] ?? 0) > most) return resolve(null);
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > most) {
        // Not `for await`: leaving that loop would hang up before the answer.
        request.pause();
        resolve(null);
      } else chunks.push(chunk);
    });
    request.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    request.on("error", reject);
  });
}

export const isJson = (request: IncomingMessage): boolean =>
  request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase() === "application/json";
