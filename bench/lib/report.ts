import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { dirname, join } from "node:path";

export interface BenchTable {
  title: string;
  columns: string[];
  rows: (string | number)[][];
  notes?: string[];
}

/** A benchmark: `quick` measures slow peers over a part of the work, and says so. `only`: of those that have parts by name, this one. */
export interface Bench {
  name: string;
  run(options: { quick?: boolean; only?: string | undefined }): Promise<BenchTable[]>;
}

const require = createRequire(import.meta.url);

/** The installed version of a package, from its own package.json (which not every package exports). */
export function versionOf(packageName: string): string {
  let folder = dirname(require.resolve(packageName));
  for (;;) {
    try {
      const found = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
        name?: string;
        version?: string;
      };
      if (found.name === packageName && found.version) return found.version;
    } catch {
      // Not every folder has one: the next one up may.
    }
    if (dirname(folder) === folder) return "?";
    folder = dirname(folder);
  }
}

function print(table: BenchTable): void {
  const texts = [table.columns, ...table.rows.map((row) => row.map(String))];
  const widths = table.columns.map((_, i) => Math.max(...texts.map((row) => (row[i] ?? "").length)));
  console.log(`\n${table.title}`);
  texts.forEach((row, r) => {
    console.log(
      row
        .map((text, i) => (i === 0 ? text.padEnd(widths[i] as number) : text.padStart(widths[i] as number)))
        .join("  "),
    );
    if (r === 0) console.log(widths.map((width) => "-".repeat(width)).join("  "));
  });
  for (const note of table.notes ?? []) console.log(`  ${note}`);
}

/** Runs a benchmark as a program: prints its tables and writes them to `bench-results/NAME.json`. */
export async function runAsProgram(bench: Bench): Promise<void> {
  const quick = process.argv.includes("--quick");
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model ?? "?",
    cores: cpus().length,
    platform: `${process.platform} ${process.arch}`,
  };
  console.log(`node ${machine.node}, ${machine.cores} × ${machine.cpu}, ${machine.platform}${quick ? ", quick" : ""}`);
  const only = process.argv.find((arg) => arg.startsWith("--only="))?.slice("--only=".length);
  const tables = await bench.run({ quick, only });
  for (const table of tables) print(table);
  mkdirSync("bench-results", { recursive: true });
  writeFileSync(
    join("bench-results", `${bench.name}.json`),
    `${JSON.stringify({ name: bench.name, quick, machine, tables }, null, 2)}\n`,
  );
}
