// A worker to be killed, frozen and cut off by tests. Prints when it takes runs.
import { startWorkerProgram, type WorkerProgramOptions } from "../workerProgram.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as WorkerProgramOptions & { diesOfEnd: boolean };
const quiet = (): void => {};
const { host } = await startWorkerProgram({
  ...options,
  logger: { info: quiet, warn: console.error, error: console.error },
  onMove: ({ kind }) => void (options.diesOfEnd && kind === "ended" && process.kill(process.pid, "SIGKILL")),
  onLoadErrors: quiet,
});
console.log(`ready ${host.workerId}`);
process.on("SIGTERM", () => void host.drain().then(() => process.exit(0)));
