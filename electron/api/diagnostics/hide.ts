import { createRedactor } from "../../runtime/local/output/redactor.ts";

export interface HideFacts {
  /** Values that are secret, in any form. */
  secrets: readonly string[];
  env: NodeJS.ProcessEnv;
  homes: readonly string[];
  /** This machine's name. */
  host: string;
}

/** Takes out of a text what is secret, or tells who somebody is: known values first, then what looks like one. */
export interface Hide {
  (text: string): string;
  /** The same for what becomes JSON: texts of it, and whatever a field holds whose name says that it is secret. */
  inside(value: unknown): unknown;
}

export function createHide({ secrets, env, homes, host }: HideFacts): Hide {
  const redactor = createRedactor();
  for (const secret of secrets.flatMap(partsOfSecret)) redactor.add(secret);
  const known = [
    ...environmentValues(env),
    ...homes.filter((home) => home.length > 1).flatMap((home) => spellings(home).map((text) => [text, "~"] as const)),
    ...(host.length > 2 && host !== "localhost" ? [[host, "[this machine]"] as const] : []),
  ].sort(([a], [b]) => b.length - a.length);
  const hide = (text: string): string => {
    let clean = redactor.hide(text);
    for (const [value, instead] of known) clean = clean.replaceAll(value, instead);
    for (const [pattern, instead] of patterns) clean = clean.replace(pattern, instead);
    return clean;
  };
  const inside = (value: unknown): unknown => {
    if (typeof value === "string") return hide(value);
    if (Array.isArray(value)) return value.map(inside);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        hide(name),
        typeof item === "string" && secretField.test(name) ? hidden : inside(item),
      ]),
    );
  };
  return Object.assign(hide, { inside });
}

/** A stored secret may be an address with a password, or hold several texts. */
function partsOfSecret(secret: string): string[] {
  const parts = [secret, ...secret.split(/\r?\n/)];
  if (URL.canParse(secret)) {
    const { username, password, pathname, searchParams } = new URL(secret);
    const longParts = [...pathname.split("/"), ...searchParams.values()].filter((part) => part.length >= 12);
    parts.push(username, password, decoded(username), decoded(password), ...longParts);
  }
  try {
    parts.push(...textsIn(JSON.parse(secret)).flatMap((text) => (text === secret ? [] : partsOfSecret(text))));
  } catch {
    // No JSON.
  }
  return parts;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const secretName = /pass|pwd|secret|token|key|auth|cred|cookie|session|pin$/i;
/** Variables that say nothing but how a session is set up. */
const usual =
  /^(PATH|HOME|SHELL|TERM|COLORTERM|TZ|LANG|LANGUAGE|LC_.*|PWD|OLDPWD|SHLVL|_|USER|USERNAME|LOGNAME|DISPLAY|EDITOR|PAGER|NODE_ENV|npm_(package|lifecycle|node|command|execpath).*)$/i;

/** Values of the environment, but for plain words that any text may have. */
function environmentValues(env: NodeJS.ProcessEnv): (readonly [string, string])[] {
  return Object.entries(env).flatMap(([name, value = ""]) => {
    if (usual.test(name)) return [];
    const isSecret = secretName.test(name);
    if (
      value.length < (isSecret ? 4 : 6) ||
      (!isSecret && /^([A-Za-z]+|\d+|[\d.]+|\/(usr|bin|tmp|etc)(\/\w*)*)$/.test(value))
    )
      return [];
    return spellings(value).map((text) => [text, `[${name}]`] as const);
  });
}

/** As it is, and as JSON and JavaScript write it. */
const spellings = (text: string): string[] => [...new Set([text, JSON.stringify(text).slice(1, -1)])];

const hidden = "[hidden]";
const words =
  "pass(?:word|wd|phrase|code)|pass(?![a-z])|pwd|secret|token|api-?_?key|credentials?|auth|authorization|cookie|session-?_?id";
const named = `[\\w.-]*(?:${words}|(?:access|private|shared|signing|encryption)[-_]?key|[A-Z0-9]_KEY)[\\w.-]*`;
const secretField = new RegExp(`^${named}$`, "i");
const valueText = `"(?:[^"\\\\\\n]|\\\\.)*"|'[^'\\n]*'`;

const patterns: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, hidden],
  // An address's user and password, and all that is asked of it.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'<>]*@/gi, `$1${hidden}@`],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s?#"'<>]*[?#])[^\s"'<>]+/gi, `$1${hidden}`],
  [/\b(bearer|basic|digest|negotiate)\s+[\w.~+/=-]{6,}/gi, `$1 ${hidden}`],
  [
    /\b((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]*(?:key|token|auth)[\w-]*)(["']?\s*:\s*)[^\n"']+/gi,
    `$1$2${hidden}`,
  ],
  [new RegExp(`(--?${named})(\\s+|=)(?:${valueText}|[^\\s"']+)`, "gi"), `$1$2${hidden}`],
  // curl's and wget's user, mysql's and sshpass's password.
  [/(\s-u\s*|\s--user[= ])(["']?)[^\s:"']+:[^\s"']+/g, `$1$2${hidden}`],
  [/(\s-p)(?=[^\s-])\S+/g, `$1${hidden}`],
  [/(\bsshpass\s+-p\s+)\S+/g, `$1${hidden}`],
  [new RegExp(`(\\b${named}["']?\\s*[:=]\\s*)(?:${valueText}|[^\\s,;&"'}]+)`, "gi"), `$1${hidden}`],
  // What issuers mark as theirs.
  [/\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|sk-|npm_|pypi-|AIza|AKIA|ASIA|almanac_)[\w.-]{12,}/g, hidden],
  [/\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*/g, hidden],
  [/\b[\w-]{12}\.[\w-]{43}\b/g, hidden],
  // Long and random, whatever it is.
  [/(?<![\w/+-])(?=[\w+-]*[a-z])(?=[\w+-]*[A-Z])(?=[\w+-]*\d)[\w+-]{32,}={0,2}(?![\w/+-])/g, hidden],
  [/(?<![\w-])[0-9a-f]{40,}(?![\w-])/gi, hidden],
];
