import { EventEmitter } from "node:events";
import type { IpcMain, IpcMainEvent } from "electron";
import { expect, it, vi } from "vitest";
import { holdPorts } from "./heldPorts.ts";

it("keeps what came too early, in its order, gives it once, and lets no more than a window's worth wait", () => {
  const ipc = new EventEmitter();
  const close = vi.fn();
  const event = (id: number) => ({ id, ports: [{ close }] }) as unknown as IpcMainEvent;
  const held = holdPorts(ipc as unknown as IpcMain, "connect");
  for (let id = 0; id < 20; id++) ipc.emit("connect", event(id));
  expect(close).toHaveBeenCalledTimes(4);
  const given: unknown[] = [];
  const stop = held.give((each) => void given.push((each as unknown as { id: number }).id));
  ipc.emit("connect", event(100));
  expect(given).toEqual([...Array.from({ length: 16 }, (_, id) => id), 100]);
  stop();
  ipc.emit("connect", event(101));
  expect(given).toHaveLength(17);
  expect(ipc.listenerCount("connect")).toBe(0);
});
