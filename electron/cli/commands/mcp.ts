import type { Command } from "commander";
import { scopes } from "../../../shared/api/access.ts";
import { owner } from "../../api/access/caller.ts";
import { createCaller } from "../../api/router.ts";
import { pageUrl } from "../../notifications/pageUrl.ts";
import { leaf } from "../command.ts";
import { withApp } from "../context.ts";
import { untilInterrupted, wait } from "../interrupt.ts";
import type { CliIo } from "../output.ts";

export function addMcp(program: Command, io: CliIo): void {
  leaf(
    program,
    "mcp",
    "tools for agents (Model Context Protocol) over standard input and output; they look and preview, and change nothing unless allowed",
    ["mcp", "mcp --allow-writes", "mcp --data-dir ~/work-schedules"],
  )
    .option("--allow-writes", "let agents start runs, make and change schedules (and so run any command), and backfill")
    .action(async (local: { allowWrites?: boolean }, command: Command) => {
      const interrupt = untilInterrupted();
      await withApp(io, command, { loadWorkflows: true }, async ({ app }) => {
        const { serveStdio } = await import("@modelcontextprotocol/server/stdio");
        const [{ createMcpServer }, { createPlans }] = await Promise.all([
          import("../../mcp/mcpServer.ts"),
          import("../../mcp/plans.ts"),
        ]);
        // As a client it fires nothing; only what has started notices what others write: the ends of runs, calendars.
        await app.engine.start();
        const plans = createPlans(() => Date.now());
        const allowed = local.allowWrites === true ? scopes.filter((scope) => scope !== "admin") : (["read"] as const);
        const caller = { ...owner, scopes: new Set(allowed) };
        const serving = serveStdio(
          () =>
            createMcpServer({
              app,
              actor: (client) => `agent ${client}`,
              api: (client) => createCaller({ app, actor: `agent ${client}`, caller }),
              plans,
              client: undefined,
              holder: "stdio",
              howToAllow: "Ask the person to start it with: almanac mcp --allow-writes",
              urlOf: (path) => pageUrl(app.engine, path, null),
            }),
          { onerror: (error) => io.err.write(`${error.message}\n`) },
        );
        // Whoever started it has gone when its input ends.
        const gone = new Promise<void>((done) => process.stdin.once("end", done).once("close", done));
        await Promise.race([wait(interrupt.signal), gone]);
        await serving.close();
      });
      interrupt.done();
    });
}
