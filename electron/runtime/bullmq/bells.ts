import type { Connection } from "./redis/connection.ts";
import { openConnection } from "./redis/connection.ts";

/** Messages that only say where to look: what they miss is found by looking now and then. */
export interface Bells {
  listen(channel: string): void;
  close(): void;
}

export function openBells(url: string, answerMs: number, heard: (channel: string, text: string) => void): Bells {
  const channels = new Set<string>();
  const subscribe = (names: readonly string[]): void => {
    if (connection.isReady && names.length > 0) connection.client.subscribe(...names).catch(() => {});
  };
  const connection: Connection = openConnection(url, {
    answerMs,
    subscriber: true,
    onChange: () => subscribe([...channels]),
  });
  connection.client.on("message", (channel: string, text: string) => heard(channel, text));
  return {
    listen(channel) {
      if (channels.has(channel)) return;
      channels.add(channel);
      subscribe([channel]);
    },
    close: () => connection.close(),
  };
}
