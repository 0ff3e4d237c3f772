import type { HookTest } from "../../../shared/api/hooks.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import type { AlmanacApp } from "../context.ts";

const timeoutMs = 10_000;

/** What a hook's answer is read as: a run, a refusal or a word. */
function readAnswer(text: string): { runId: string | null; said: string } {
  try {
    const body = JSON.parse(text) as { runId?: unknown; error?: { message?: unknown } };
    if (typeof body.runId === "string") return { runId: body.runId, said: "" };
    if (typeof body.error?.message === "string") return { runId: null, said: body.error.message };
  } catch {
    // Refusals before it is known whose hook it is are plain text.
  }
  return { runId: null, said: text.trim().slice(0, 300) };
}

/**
 * Calls a hook as a program outside would, over the network, and says what came back. It starts what the hook starts. Throws
 * CONFLICT where this process answers no programs.
 */
export async function testHook(
  app: Pick<AlmanacApp, "hooks" | "served">,
  name: string,
  input: unknown,
): Promise<HookTest> {
  const hook = app.hooks.byName(name);
  const [origin] = app.served.origins();
  if (origin === undefined) {
    const message =
      "no program can call it: nothing listens here. Switch on “Listen on this machine” in Settings, or start `almanac serve`";
    throw new AppError("CONFLICT", message);
  }
  const { token, done } = app.hooks.testSecret(hook.hookId);
  const startedAt = Date.now();
  try {
    const answer = await fetch(`${origin}${hook.path}`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${token}`,
        ...(input === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(input === undefined ? {} : { body: JSON.stringify(input) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: answer.status, ...readAnswer(await answer.text()), tookMs: Date.now() - startedAt, origin };
  } catch (error) {
    const cause =
      error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : String(error);
    throw new AppError("CONFLICT", `${origin} could not be reached: ${cause}`, { cause: error });
  } finally {
    done();
  }
}
