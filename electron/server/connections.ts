import type { Server } from "node:http";
import type { Socket } from "node:net";

/**
 * Keeps at most `most` connections of strangers: beyond them the oldest goes, so that whoever fills the server up with
 * idle ones keeps nobody else out. Returns what takes a connection out of their number.
 */
export function boundConnections(server: Server, most: number): (socket: Socket) => void {
  const strangers = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    strangers.add(socket);
    socket.once("close", () => strangers.delete(socket));
    if (strangers.size <= most) return;
    const [oldest] = strangers;
    if (oldest === undefined) return;
    strangers.delete(oldest);
    oldest.destroy();
  });
  return (socket) => void strangers.delete(socket);
}
