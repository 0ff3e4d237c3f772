import { describe, expect, it } from "vitest";
import { displayProblem } from "./electron.ts";

describe("displayProblem", () => {
  it("asks Linux for a display of either kind", () => {
    expect(displayProblem({}, "linux")).toContain("no display");
    expect(displayProblem({ DISPLAY: "" }, "linux")).toContain("no display");
    expect(displayProblem({ DISPLAY: ":1" }, "linux")).toBeUndefined();
    expect(displayProblem({ WAYLAND_DISPLAY: "wayland-0" }, "linux")).toBeUndefined();
  });

  it("asks nothing of other systems", () => {
    expect(displayProblem({}, "darwin")).toBeUndefined();
    expect(displayProblem({}, "win32")).toBeUndefined();
  });
});
