/** A command-line agent that a person may have: it is handed a prompt, prints its answer and ends. */
export interface Agent {
  /** Its command. */
  command: string;
  title: string;
  /** Arguments before the prompt, which is the last. */
  args: readonly string[];
}

/** Those that can be handed a prompt without a conversation. Only the person's own command is run; nothing is sent by us. */
export const agents: readonly Agent[] = [
  { command: "claude", title: "Claude Code", args: ["-p"] },
  { command: "codex", title: "Codex CLI", args: ["exec"] },
  { command: "gemini", title: "Gemini CLI", args: ["-p"] },
  { command: "copilot", title: "Copilot CLI", args: ["-p"] },
  { command: "cursor-agent", title: "Cursor CLI", args: ["-p"] },
  { command: "opencode", title: "opencode", args: ["run"] },
  { command: "goose", title: "goose", args: ["run", "-t"] },
  { command: "llm", title: "llm", args: [] },
  { command: "ollama", title: "Ollama", args: ["run", "llama3.2"] },
];
