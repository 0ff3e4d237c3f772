import { describe, expect, it } from "vitest";
import { displayProblem, type SandboxFacts, sandboxProblem } from "./electron.ts";

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

describe("sandboxProblem", () => {
  const facts = (settings: Record<string, string>, more: Partial<SandboxFacts> = {}): SandboxFacts => ({
    platform: "linux",
    uid: 1000,
    setting: (name) => settings[name],
    isSetuidRoot: () => false,
    ...more,
  });

  it.each([
    ["kernel/apparmor_restrict_unprivileged_userns", "1"],
    ["kernel/unprivileged_userns_clone", "0"],
    ["user/max_user_namespaces", "0"],
  ])("finds %s %s, and says what to do", (name, value) => {
    expect(sandboxProblem("/e/electron", facts({ [name]: value }))).toContain("chmod 4755 /e/chrome-sandbox");
  });

  it("finds none where namespaces are free, the helper may run as root, or none is needed", () => {
    const restricted = { "kernel/apparmor_restrict_unprivileged_userns": "1" };
    expect(sandboxProblem("/e/electron", facts({ "user/max_user_namespaces": "96000" }))).toBeUndefined();
    expect(sandboxProblem("/e/electron", facts(restricted, { isSetuidRoot: () => true }))).toBeUndefined();
    expect(sandboxProblem("/e/electron", facts(restricted, { uid: 0 }))).toBeUndefined();
    expect(sandboxProblem("/e/electron", facts(restricted, { platform: "darwin", uid: 501 }))).toBeUndefined();
  });
});
