import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ESTree, parseSync } from "vite";

/** A declaration at the top of a file. Functions that are declared with overloads have a node for each. */
export interface Declaration {
  name: string;
  file: string;
  nodes: ESTree.Statement[];
  source: string;
  /** What its `/** … *\/` holds, without the stars; null where it has none. */
  comment: string | null;
}

interface Imported {
  from: string;
  name: string;
}

interface Module {
  declarations: Map<string, Declaration>;
  imports: Map<string, Imported>;
  /** By the name that others see. */
  exports: Map<string, Imported | { local: string }>;
  exportsAllOf: string[];
}

const nameOf = (node: { name?: string; value?: unknown } | ESTree.ModuleExportName): string =>
  "name" in node ? String(node.name) : String((node as { value: unknown }).value);

/** The names that a statement declares. */
function declaredNames(statement: ESTree.Statement | ESTree.Declaration): string[] {
  if (statement.type === "VariableDeclaration")
    return statement.declarations.flatMap(({ id }) => (id.type === "Identifier" ? [id.name] : []));
  if (!("id" in statement) || statement.id === null || statement.id.type !== "Identifier") return [];
  return [statement.id.name];
}

const withoutStars = (text: string): string =>
  text
    .replace(/^\*/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd())
    .join("\n")
    .trim();

/** Reads and remembers files of TypeScript, and finds what a name in one of them means. Throws for one that cannot be parsed. */
export function createSources() {
  const modules = new Map<string, Module>();

  function read(file: string): Module {
    const source = readFileSync(file, "utf8");
    const { program, comments, errors } = parseSync(file, source, { sourceType: "module" });
    if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message ?? "it cannot be parsed"}`);
    const found: Module = { declarations: new Map(), imports: new Map(), exports: new Map(), exportsAllOf: [] };
    const commentBefore = (start: number): string | null => {
      const comment = comments.findLast(({ end }) => end <= start);
      if (comment === undefined || comment.type !== "Block" || !comment.value.startsWith("*")) return null;
      return source.slice(comment.end, start).trim() === "" ? withoutStars(comment.value) : null;
    };
    const resolved = (specifier: string): string =>
      specifier.startsWith(".") ? join(dirname(file), specifier) : specifier;
    const declare = (statement: ESTree.Statement, start: number): string[] =>
      declaredNames(statement).map((name) => {
        const before = found.declarations.get(name);
        if (before === undefined)
          found.declarations.set(name, { name, file, nodes: [statement], source, comment: commentBefore(start) });
        else before.nodes.push(statement);
        return name;
      });
    for (const statement of program.body) {
      if (statement.type === "ImportDeclaration") {
        for (const specifier of statement.specifiers)
          if (specifier.type === "ImportSpecifier")
            found.imports.set(specifier.local.name, {
              from: resolved(statement.source.value),
              name: nameOf(specifier.imported),
            });
      } else if (statement.type === "ExportAllDeclaration") {
        found.exportsAllOf.push(resolved(statement.source.value));
      } else if (statement.type === "ExportNamedDeclaration") {
        if (statement.declaration !== null)
          for (const name of declare(statement.declaration as ESTree.Statement, statement.start))
            found.exports.set(name, { local: name });
        for (const { local, exported } of statement.specifiers)
          found.exports.set(
            nameOf(exported),
            statement.source === null
              ? { local: nameOf(local) }
              : { from: resolved(statement.source.value), name: nameOf(local) },
          );
      } else if (statement.type !== "ExportDefaultDeclaration") {
        declare(statement as ESTree.Statement, statement.start);
      }
    }
    return found;
  }

  function moduleOf(file: string): Module | null {
    if (!file.endsWith(".ts") || !existsSync(file)) return null;
    const known = modules.get(file) ?? read(file);
    modules.set(file, known);
    return known;
  }

  /** What a name means inside a file; null for what is global or a package's. */
  function inside(file: string, name: string): Declaration | null {
    const found = moduleOf(file);
    const declared = found?.declarations.get(name);
    if (declared !== undefined) return declared;
    const imported = found?.imports.get(name);
    return imported === undefined ? null : exported(imported.from, imported.name);
  }

  /** What a file gives to others under a name. */
  function exported(file: string, name: string): Declaration | null {
    const found = moduleOf(file);
    if (found === null) return null;
    const own = found.exports.get(name);
    if (own !== undefined) return "local" in own ? inside(file, own.local) : exported(own.from, own.name);
    for (const other of found.exportsAllOf) {
      const there = exported(other, name);
      if (there !== null) return there;
    }
    return null;
  }

  /** Every name that a file gives to others, in the order it is written. */
  function exportedNames(file: string): string[] {
    const found = moduleOf(file);
    if (found === null) return [];
    return [...new Set([...found.exports.keys(), ...found.exportsAllOf.flatMap(exportedNames)])];
  }

  /** The package that a file passes a name on from. */
  function packageOf(file: string, name: string): string {
    const found = moduleOf(file)?.exports.get(name);
    return found !== undefined && "from" in found ? found.from : "";
  }

  return { inside, exported, exportedNames, packageOf };
}
