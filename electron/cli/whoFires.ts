import type { AlmanacApp } from "../api/context.ts";
import { type CliIo, inertLine, plural } from "./output.ts";

/**
 * Says on standard error whether this process fires and, where it does, what keeps its runs from being executed, such as a
 * Redis that is away; again each time that this changes. Returns the way to stop.
 */
export function tellWhoFires(io: CliIo, app: AlmanacApp): () => void {
  let said = "";
  const tell = (): void => {
    const { role, owner, problem, dataDir } = app.status();
    const fires = role === "owner" && problem === null;
    const now = fires ? "fires" : (problem?.message ?? "waits");
    if (now === said) return;
    const isFirst = said === "";
    said = now;
    if (fires) {
      // Not by the lists, which a process that shows none does not read.
      const active = app.reads.scheduleIds("active").length;
      io.err.write(
        `${isFirst ? "firing" : "now firing"} ${plural(active, "schedule")} of ${dataDir} (times in ${io.zone})\n`,
      );
    } else if (problem !== null) io.err.write(`not firing: ${problem.message}\n`);
    else if (owner !== null)
      io.err.write(
        `not firing: ${owner.program} (pid ${owner.pid} on ${owner.host}) owns ${dataDir}; standing by to take over\n`,
      );
    else io.err.write(`not firing yet: taking over ${dataDir} from a program that has ended\n`);
  };
  let hindered = false;
  let isTold = false;
  const tellHindrance = (): void => {
    const { role, runtime } = app.status();
    if (role !== "owner" || runtime === null) return;
    const { state, message } = runtime;
    // Once, although the words change from try to try; what is wrong after it was reached is said anew.
    if (state === "starting") isTold = false;
    else if (state === "degraded" || state === "paused") {
      if (!isTold) io.err.write(`${inertLine(message ?? "runs wait")}\n`);
      isTold = hindered = true;
    } else if (hindered) {
      io.err.write("runs are executed again\n");
      isTold = hindered = false;
    }
  };
  tell();
  tellHindrance();
  // A role changes without a write, and is told as an event of the system.
  return app.engine.onChange((events) => {
    if (events.some(({ topic }) => topic === "system")) {
      tell();
      tellHindrance();
    }
  });
}
