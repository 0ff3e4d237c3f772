// A program with a runtime and one run, to be killed by a test. Prints when the run is under way.
import { startHarness } from "./harness.ts";

const harness = await startHarness();
const run = harness.run(JSON.parse(process.argv[2] ?? "{}"));
await run.started;
if (run.logs.length === 0 && process.argv[2]?.includes("command")) await run.logged("up");
console.log("under way");
await run.ended;
