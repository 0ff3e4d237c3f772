import { powerMonitor } from "electron";

/** Tells the engine when the machine sleeps and wakes, so that it accounts for the gap at once. Instants: epoch ms. */
export function watchPower(engine: { suspended(atMs: number): void; resumed(atMs: number): void }): void {
  powerMonitor.on("suspend", () => engine.suspended(Date.now()));
  powerMonitor.on("resume", () => engine.resumed(Date.now()));
}
