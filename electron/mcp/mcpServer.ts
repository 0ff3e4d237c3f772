import { CLIENT_INFO_META_KEY, McpServer, type ServerContext } from "@modelcontextprotocol/server";
import { z } from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { noteCall, type ToolName } from "./noteCall.ts";
import { answered, refusedAnswer, type ToolAnswer, type ToolParts } from "./parts.ts";
import { backfill, backfillInput, backfillOutput } from "./tools/backfill.ts";
import { preview, previewInput, previewOutput } from "./tools/preview.ts";
import { read, readInput, readOutput } from "./tools/read.ts";
import { run, runInput, runOutput } from "./tools/run.ts";

const instructions = `Almanac runs things at times. Instants are ISO 8601 with a zone; a schedule fires by the clock of its spec's timezone.
To change anything: almanac_preview says what would happen and gives a handle, almanac_apply does exactly that. A handle holds for 15 minutes, once, and not when what it was made from has changed.
almanac_read what=workflows says what can be scheduled; shell.command takes {"command":"…"}.`;

const applyInput = z.object({ handle: z.string().max(100).describe("of almanac_preview") });
const applyOutput = z.object({ what: z.string(), result: z.record(z.string(), z.unknown()), page: z.string() });

const clientSchema = z.object({ name: z.string(), version: z.string().optional() });

/** What the program on the other side calls itself, short and on one line: it is a name, and proves nothing. */
function clientOf(server: McpServer, before: unknown, ctx: ServerContext): string {
  const envelope: Record<string, unknown> = { ...ctx.mcpReq.envelope };
  const own = clientSchema.safeParse(envelope[CLIENT_INFO_META_KEY] ?? server.server.getClientVersion() ?? before);
  const agent = ctx.http?.req?.headers.get("user-agent") ?? "";
  const said = own.success ? `${own.data.name} ${own.data.version ?? ""}` : agent;
  const text = said
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, 60);
  return text === "" ? "an agent" : text;
}

/** Almanac as five tools for agents. One is made for each connection or request; what it may do is its parts' caller's scopes. */
export function createMcpServer(parts: ToolParts): McpServer {
  const server = new McpServer({ name: "almanac", version: packageJson.version }, { instructions });

  /** What is refused is an answer that says why, and never the end of the conversation. */
  const guarded =
    <T>(tool: ToolName, work: (parts: ToolParts, input: T, client: string) => Promise<ToolAnswer>) =>
    async (input: T, ctx: ServerContext): Promise<ToolAnswer> => {
      const client = clientOf(server, parts.client, ctx);
      const noted = (answer: ToolAnswer): ToolAnswer => {
        noteCall(parts, { tool, input, client, answer });
        return answer;
      };
      try {
        return noted(await work(parts, input, client));
      } catch (error) {
        return noted(refusedAnswer(error, parts));
      }
    };

  const reading = { readOnlyHint: true, openWorldHint: false };
  server.registerTool(
    "almanac_read",
    {
      title: "Look at schedules and runs",
      description: "Status, schedules, runs, logs, what was missed, what fires next. Changes nothing.",
      inputSchema: readInput,
      outputSchema: readOutput,
      annotations: reading,
    },
    guarded("read", read),
  );
  server.registerTool(
    "almanac_preview",
    {
      title: "Preview a time, a change or a backfill",
      description:
        "Says at which instants it would fire and what would change, and gives a handle for almanac_apply. Exactly one of its fields. Changes nothing.",
      inputSchema: previewInput,
      outputSchema: previewOutput,
      annotations: reading,
    },
    guarded("preview", preview),
  );
  server.registerTool(
    "almanac_apply",
    {
      title: "Apply a preview",
      description: "Does what almanac_preview has shown, and nothing else.",
      inputSchema: applyInput,
      outputSchema: applyOutput,
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
    },
    guarded<z.output<typeof applyInput>>("apply", async ({ plans, holder, urlOf }, { handle }) => {
      const { what, said, path, result } = await plans.apply(handle, holder);
      return answered([said], { what, result, page: urlOf(path) });
    }),
  );
  server.registerTool(
    "almanac_run",
    {
      title: "Start, repeat or cancel a run",
      description: "Starts what is set up already, repeats or cancels a run, or waits for its end.",
      inputSchema: runInput,
      outputSchema: runOutput,
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    },
    guarded("run", run),
  );
  server.registerTool(
    "almanac_backfill",
    {
      title: "Follow and steer backfills",
      description: "Progress of backfills; pause, resume, cancel. To begin one: almanac_preview with backfill.",
      inputSchema: backfillInput,
      outputSchema: backfillOutput,
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    },
    guarded("backfill", backfill),
  );
  return server;
}
