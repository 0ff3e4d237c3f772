/** What a job of the benchmark does, as a workflow of ours and as a processor of BullMQ's. */
export interface BenchJob {
  name: "nothing" | "work" | "wait";
  words: string;
  /** The body of both, the same text. */
  body: string;
  /** Of bare BullMQ's rate, beside a function and beside sandboxed processors; null where none is promised (decision 0022). */
  atLeast: number | null;
}

export const jobs: readonly BenchJob[] = [
  { name: "nothing", words: "nothing", body: "return 1;", atLeast: null },
  {
    name: "work",
    atLeast: 0.6,
    words: "5 ms of processor work",
    // Processor time, not time on the clock: where processes share a core each job still takes its 5 ms of it.
    body: "const began = process.threadCpuUsage(); let n = 0; for (;;) { for (let i = 0; i < 1e4; i++) n += i; const { user, system } = process.threadCpuUsage(began); if (user + system >= 5000) return n; }",
  },
  {
    name: "wait",
    words: "a wait of 50 ms",
    atLeast: 0.6,
    body: "await new Promise((done) => setTimeout(done, 50)); return 1;",
  },
];

export const jobNamed = (name: string): BenchJob => {
  const found = jobs.find((job) => job.name === name);
  if (found === undefined) throw new Error(`no job ${name}`);
  return found;
};

/** A file of workflows, one for each job. */
export const workflowsText = (): string =>
  [
    `import { workflow } from "almanac";`,
    ...jobs.map(({ name, body }) => `export const ${name} = workflow({ name: "${name}" }, async () => { ${body} });`),
  ].join("\n");

/** A file of BullMQ's for a sandboxed processor. */
export const processorText = ({ body }: BenchJob): string => `export default async () => { ${body} };\n`;

/** A function of a worker's own process. */
export const processorOf = ({ body }: BenchJob): (() => Promise<unknown>) =>
  // The text is ours, and the same as the workflow's.
  new Function(`return async () => { ${body} };`)() as () => Promise<unknown>;
