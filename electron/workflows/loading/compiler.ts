import { createRequire } from "node:module";
import type { Options } from "@swc/core";
import type { JitiOptions } from "jiti";
import { noteLines } from "../running/stackPlaces.ts";
import type { CompiledTexts } from "./compiledTexts.ts";
import type { Tsconfig } from "./tsconfig.ts";

export type Transform = NonNullable<JitiOptions["transform"]>;

/**
 * A compiler for what jiti's own does not do right: decorators (the language's, and TypeScript's older ones with their
 * types), and JSX as a tsconfig.json wants it. What comes of it is still a module, which jiti's takes on. swc is loaded
 * when a file first needs it.
 */
export function withSwc(compile: Transform, tsconfig: Tsconfig | null, texts: CompiledTexts): Transform {
  const plain: Transform = (options) => {
    const { source, ...rest } = options;
    return texts.get({ by: "jiti", ...rest }, source, () => ({ ...compile(options), map: null }));
  };
  return (options) => {
    const { source, filename } = options;
    if (filename === undefined) return compile(options);
    noteLines(filename, null);
    if (!needsSwc(source, filename)) return plain(options);
    const settings = swcOptions(filename, tsconfig?.compilerOptions ?? {});
    let code: string;
    try {
      const compiled = texts.get({ by: "swc", ...settings }, source, () => {
        const made = swc().transformSync(source, settings);
        return { code: made.code, map: made.map ?? null };
      });
      code = compiled.code;
      // jiti's compiler leaves each line where it is.
      noteLines(filename, compiled.map);
    } catch {
      // What does not parse is told by jiti's compiler, which names the place.
      return compile({ ...options, jsx: isJsx(filename) });
    }
    return plain({ ...options, source: code, ts: false });
  };
}

const load = createRequire(import.meta.url);
const swc = (): typeof import("@swc/core") => load("@swc/core") as typeof import("@swc/core");

const isJsx = (filename: string): boolean => /\.[cm]?[jt]sx$/.test(filename);

/** What looks like a decorator in a text costs a moment, no more. */
function needsSwc(source: string, filename: string): boolean {
  if (isJsx(filename)) return true;
  return source.includes("@") && /(?:^|[\s;{}(,=])@\s*[\w$(]/.test(source.replace(/\/\*[\s\S]*?\*\//g, ""));
}

/** Until then TypeScript sets a class's fields where later ones define them. */
function isBefore2022(target: string | undefined): boolean {
  const year = Number(/^es(\d+)$/i.exec(target ?? "")?.[1] ?? 2022);
  return year < 2022;
}

function swcOptions(filename: string, config: Tsconfig["compilerOptions"]): Options {
  const isLegacy = config.experimentalDecorators === true;
  const isTypeScript = /\.[cm]?tsx?$/.test(filename);
  const jsx = isJsx(filename);
  return {
    filename,
    configFile: false,
    swcrc: false,
    sourceMaps: true,
    isModule: "unknown",
    jsc: {
      target: "es2022",
      keepClassNames: true,
      parser: isTypeScript
        ? { syntax: "typescript", tsx: jsx, decorators: true }
        : { syntax: "ecmascript", jsx, decorators: true, decoratorsBeforeExport: true },
      transform: {
        ...(isLegacy
          ? { legacyDecorator: true, decoratorMetadata: config.emitDecoratorMetadata === true }
          : { decoratorVersion: "2023-11" }),
        useDefineForClassFields: config.useDefineForClassFields ?? !isBefore2022(config.target),
        ...(config.verbatimModuleSyntax === undefined ? {} : { verbatimModuleSyntax: config.verbatimModuleSyntax }),
        react: {
          runtime: config.jsx === "react" ? "classic" : "automatic",
          ...(config.jsxImportSource === undefined ? {} : { importSource: config.jsxImportSource }),
          ...(config.jsxFactory === undefined ? {} : { pragma: config.jsxFactory }),
          ...(config.jsxFragmentFactory === undefined ? {} : { pragmaFrag: config.jsxFragmentFactory }),
        },
      },
    },
  };
}
