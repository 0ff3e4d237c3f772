import { expect, test } from "vitest";
import { withCompileCache } from "../../runtime/local/processes/runnerProgram.ts";
import { takeCompileCache } from "./compileCache.ts";

test("a folder for what is compiled is none of a run's environment; one that a person has set is", () => {
  const ours = withCompileCache({ PATH: "/bin" }, "/private/compiled");
  expect(ours).toMatchObject({ NODE_COMPILE_CACHE: "/private/compiled" });
  takeCompileCache(ours);
  expect(ours).toEqual({ PATH: "/bin" });
  const theirs = withCompileCache({ NODE_COMPILE_CACHE: "/theirs" }, "/private/compiled");
  takeCompileCache(theirs).keep();
  expect(theirs).toEqual({ NODE_COMPILE_CACHE: "/theirs" });
});
