import { join, relative, sep } from "node:path";
import type { ESTree } from "vite";
import packageJson from "../../../package.json" with { type: "json" };
import { root } from "../paths.ts";
import { createSources, type Declaration } from "./sources.ts";

/** What `import … from "almanac"` means: package.json names the declarations that are built of it. */
const libraryFace = join(
  root,
  packageJson.exports["."].types.replace(/^\.\/dist\/almanac\//, "").replace(/\.d\.ts$/, ".ts"),
);

type Node = { type: string; start: number; end: number } & Record<string, unknown>;
const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";

/** Of a function that is declared with overloads, these alone: what carries them out is no part of its face. */
const facing = ({ nodes }: Declaration): readonly ESTree.Statement[] =>
  nodes.length === 1 ? nodes : nodes.filter(({ type }) => type !== "FunctionDeclaration");

/** What a schema checks by a function of its own: its comment tells of that. */
const checks = new Set(["refine", "superRefine", "transform", "check", "overwrite"]);

/** What is left out of a node: such checks, and what a value `satisfies`. As it is in the source, from where to where. */
function leftOut(node: Node): { start: number; end: number; within: Node } | null {
  if (node.type === "TSSatisfiesExpression") {
    const within = node["expression"] as Node;
    return { start: within.end, end: node.end, within };
  }
  const callee = node["callee"];
  if (node.type !== "CallExpression" || !isNode(callee) || callee.type !== "MemberExpression") return null;
  const { object, property } = callee as Node & { object: Node; property: Node };
  return checks.has(String(property["name"])) ? { start: object.end, end: node.end, within: object } : null;
}

/** Goes through a declaration, without what is left out and the bodies of functions. */
function walk(value: unknown, visit: (node: Node, key: string, parent: Node | null) => void): void {
  const go = (item: unknown, key: string, parent: Node | null): void => {
    if (Array.isArray(item)) for (const one of item) go(one, key, parent);
    if (!isNode(item) || item.type === "BlockStatement") return;
    visit(item, key, parent);
    const left = leftOut(item);
    if (left !== null) go(left.within, key, parent);
    else for (const [childKey, child] of Object.entries(item)) go(child, childKey, item);
  };
  go(value, "", null);
}

/** A declaration without the bodies of its functions, what is left out, and what is meant for linters. */
const signatureOf = (declaration: Declaration): string =>
  facing(declaration)
    .map((statement) => statementText(statement, declaration.source))
    .join("\n")
    .replaceAll(/^ *\/\/ biome-ignore .*\n/gm, "");

function statementText(statement: ESTree.Statement, source: string): string {
  if (statement.type === "FunctionDeclaration" && statement.body !== null) {
    const head = source.slice(statement.start, statement.body.start).trimEnd();
    return `${head.replace(/^async /, "")};`;
  }
  if (statement.type === "ClassDeclaration") {
    const members = statement.body.body.map((member) =>
      member.type === "MethodDefinition" && member.value.body !== null
        ? `  ${source.slice(member.start, member.value.body.start).trimEnd()};`
        : `  ${source.slice(member.start, member.end)}`,
    );
    return `${source.slice(statement.start, statement.body.start)}{\n${members.join("\n")}\n}`;
  }
  const cuts: { start: number; end: number }[] = [];
  walk(statement, (node) => {
    const left = leftOut(node);
    if (left !== null) cuts.push(left);
  });
  return cuts
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end }) => text.slice(0, start) + text.slice(end), source.slice(0, statement.end))
    .slice(statement.start);
}

/** Names that a declaration uses, in their order. */
function namesIn(declaration: Declaration): string[] {
  const names = new Set<string>();
  walk(facing(declaration), (node, key, parent) => {
    const isKey = (key === "key" || key === "property") && parent?.["computed"] !== true;
    if (node.type === "Identifier" && !isKey) names.add(String(node["name"]));
  });
  names.delete(declaration.name);
  return [...names];
}

interface Face {
  /** What is exported and declared here, by the name others import. */
  own: { name: string; declaration: Declaration }[];
  /** What is passed on from a package. */
  passedOn: { name: string; from: string }[];
  /** What the exports' own declarations name, and is not exported itself. */
  named: Declaration[];
  /** Constants that are shown with the alias or function whose types are made of them. */
  shownWith: ReadonlyMap<Declaration, Declaration[]>;
}

const typeOf = ({ nodes }: Declaration): string => nodes[0]?.type ?? "";
const isType = (declaration: Declaration): boolean => typeOf(declaration).startsWith("TS");

function readFace(): Face {
  const sources = createSources();
  const own: Face["own"] = [];
  const passedOn: Face["passedOn"] = [];
  for (const name of sources.exportedNames(libraryFace)) {
    const declaration = sources.exported(libraryFace, name);
    if (declaration === null) passedOn.push({ name, from: sources.packageOf(libraryFace, name) });
    else own.push({ name, declaration });
  }
  const used = (by: Declaration): Declaration[] => namesIn(by).flatMap((name) => sources.inside(by.file, name) ?? []);
  const seen = new Set(own.map(({ declaration }) => declaration));
  const named: Declaration[] = [];
  const waiting = [...seen];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for (const found of used(next)) {
      if (seen.has(found) || typeOf(found) === "FunctionDeclaration") continue;
      seen.add(found);
      named.push(found);
      waiting.push(found);
    }
  }
  // `(typeof list)[number]` and `z.input<typeof schema>` say nothing without the list or schema, in a function either.
  const shownWith = new Map<Declaration, Declaration[]>();
  const taken = new Set<Declaration>();
  for (const maker of seen) {
    if (!["TSTypeAliasDeclaration", "FunctionDeclaration"].includes(typeOf(maker))) continue;
    const made = used(maker).filter((one) => named.includes(one) && !isType(one) && !taken.has(one));
    for (const one of made) taken.add(one);
    shownWith.set(maker, made);
  }
  return { own, passedOn, named: named.filter((one) => !taken.has(one)), shownWith };
}

const pathOf = (file: string): string => relative(root, file).split(sep).join("/");

const groups: readonly { title: string; words: string; has: (path: string) => boolean }[] = [
  {
    title: "In workflow code",
    words: "What a file of workflows imports.",
    has: (path) => path.startsWith("electron/workflows/sdk/") && !path.endsWith("/host.ts"),
  },
  {
    title: "In a program that hosts the engine",
    words:
      "Each of these but `configure` and `shutdown` opens the data folder with the defaults where nothing has opened it yet. In a file of workflows they are refused with `FORBIDDEN`, and `shutdown` does nothing.",
    has: (path) => path.endsWith("/sdk/host.ts"),
  },
  {
    title: "Times, without an engine",
    words: "Pure functions: they open nothing and start nothing.",
    has: (path) => path === "shared/schedule/calculate.ts",
  },
  { title: "Records, inputs and errors", words: "What the functions take and give.", has: () => true },
];

/** A comment as Markdown: its text as one paragraph each, its tags as a list. */
function commentText(comment: string | null): string[] {
  if (comment === null) return [];
  const [text = "", ...tags] = comment.split(/(?:^|\s)(?=@(?:throws|param|returns)\s)/);
  const words: Record<string, string> = { throws: "Throws", returns: "Gives" };
  const lines = tags.map((tag) => {
    const [, kind = "", rest = ""] = /^@(\w+)\s+([\s\S]*)$/.exec(tag) ?? [];
    const sentence = rest.replaceAll(/\s*\n\s*/g, " ").trim();
    if (kind !== "param") return `- ${words[kind] ?? kind}: ${sentence}`;
    const [, parameter = "", meaning = ""] = /^(\S+)\s+(.*)$/.exec(sentence) ?? [];
    return `- \`${parameter}\`: ${meaning}`;
  });
  const paragraphs = text
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replaceAll("\n", " ").trim())
    .filter((paragraph) => paragraph !== "");
  return [...paragraphs, ...(lines.length === 0 ? [] : [lines.join("\n")])];
}

function section(name: string, declaration: Declaration, { shownWith }: Face): string[] {
  const shown = [declaration, ...(shownWith.get(declaration) ?? [])];
  return [
    `### ${name}`,
    ...shown.flatMap(({ comment }) => commentText(comment)),
    `\`\`\`ts\n${shown.map(signatureOf).join("\n")}\n\`\`\``,
  ];
}

/** The reference of the package `almanac`, as Markdown from its second heading on. */
export function libraryReference(): string {
  const face = readFace();
  const left = new Set(face.own);
  const parts: string[] = [];
  for (const { title, words, has } of groups) {
    const members = [...left].filter(({ declaration }) => has(pathOf(declaration.file)));
    for (const member of members) left.delete(member);
    // What is called before what it takes.
    const inOrder = [false, true].flatMap((types) =>
      members.filter(({ declaration }) => isType(declaration) === types),
    );
    parts.push(`## ${title}`, words, ...inOrder.flatMap(({ name, declaration }) => section(name, declaration, face)));
  }
  const made = (types: boolean): string[] =>
    face.named.filter((one) => isType(one) === types).flatMap((one) => section(one.name, one, face));
  parts.push(
    "## Passed on",
    face.passedOn.map(({ name, from }) => `- \`${name}\`, of the package \`${from}\``).join("\n"),
    "## Types of their fields",
    "Named above, and not exported.",
    ...made(true),
    "## Parts of schemas",
    "What the inputs above are checked with ([zod](https://zod.dev)). Not exported.",
    ...made(false),
  );
  return `${parts.join("\n\n")}\n`;
}

/** Exports that no comment tells of: one of tags alone says what can go wrong, and not what it does. */
export function undescribedExports(): string[] {
  return readFace()
    .own.filter(({ declaration: { comment } }) => comment === null || comment.startsWith("@"))
    .map(({ name, declaration }) => `${name} (${pathOf(declaration.file)})`);
}
