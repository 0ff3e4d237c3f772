import { expect } from "vitest";
import { type Harness, startHarness } from "../../runtime/local/testing/harness.ts";

/** What runs of a test may ask for; a test may add to them. */
export const secrets: Record<string, string> = { TOKEN: "pa ss'\"$(touch /tmp/almanac-canary)`w`ord", URL: "" };

export function startBuiltins(): Promise<Harness> {
  return startHarness({
    size: 1,
    secret: (name) => {
      if (name === "LOCKED") throw new Error("LOCKED is the desktop app's alone");
      return secrets[name] ?? null;
    },
  });
}

/** How a run ends that fails with this code, and a message that says so. */
export const failed = (code: string, message: string, more: Record<string, unknown> = {}) => ({
  kind: "failed",
  error: { code, message: expect.stringContaining(message), ...more },
});
