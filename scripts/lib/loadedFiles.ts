// Run as a program of its own, by Node's own rules of resolution: prints, as JSON, every file under node_modules that the
// program's sources can reach. Words that only look like an import reach too much, which hides nothing.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { extname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { root } from "./paths.ts";

const imported = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"'\n]+)["']/g;
const required = /\brequire(?:\.resolve)?\s*\(\s*["']([^"'\n]+)["']/g;

const found = new Set<string>();

function follow(file: string): void {
  if (found.has(file) || !file.includes("node_modules")) return;
  found.add(file);
  if (/\.[cm]?js$/.test(file)) read(file);
}

function read(file: string): void {
  const text = readFileSync(file, "utf8");
  const parent = pathToFileURL(file).href;
  const require = createRequire(file);
  for (const [, name = ""] of text.matchAll(imported)) {
    if (!isBuiltin(name)) attempt(() => fileURLToPath(import.meta.resolve(name, parent)));
  }
  for (const [, name = ""] of text.matchAll(required)) {
    if (!isBuiltin(name)) attempt(() => require.resolve(name));
  }
}

/** What is not installed is not packed either: parts for other systems, and what is optional. */
function attempt(resolve: () => string): void {
  let file: string;
  try {
    file = resolve();
  } catch {
    return;
  }
  if (existsSync(file)) follow(file);
}

for (const folder of ["electron", "shared"]) {
  for (const entry of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
    if (extname(entry) === ".ts" && !/\.test\.ts$|(^|[\\/])testing[\\/]/.test(entry)) read(join(root, folder, entry));
  }
}
console.log(JSON.stringify([...found].map((file) => relative(root, file).replaceAll("\\", "/")).sort()));
