import type { TemplateUse } from "../templates.ts";

/**
 * The variable of each template in a command line, by the template's key: no two share one, whatever their names look
 * like as variables (`A-B` and `A_B`; on Windows, where case counts for nothing, `a` and `A`), and none is one of `taken`.
 */
export function variableNames(
  uses: readonly Pick<TemplateUse, "key" | "name" | "secretName">[],
  taken: Iterable<string>,
  caseCounts: boolean = process.platform !== "win32",
): Map<string, string> {
  const shape = (name: string): string => (caseCounts ? name : name.toUpperCase());
  const used = new Set([...taken].map(shape));
  const names = new Map<string, string>();
  // A name that is a variable's as it stands comes before those that are changed to be one.
  const ordered = [...uses].sort((a, b) => Number(isChanged(a)) - Number(isChanged(b)));
  for (const use of ordered) {
    if (names.has(use.key)) continue;
    const wanted = variableName(use);
    let name = wanted;
    for (let n = 2; used.has(shape(name)); n++) name = `${wanted}_${n}`;
    used.add(shape(name));
    names.set(use.key, name);
  }
  return names;
}

const isChanged = ({ secretName }: Pick<TemplateUse, "secretName">): boolean => secretName?.includes("-") ?? false;

function variableName({ name, secretName }: Pick<TemplateUse, "name" | "secretName">): string {
  if (secretName !== null) return `ALMANAC_SECRET_${secretName.replaceAll("-", "_")}`;
  return `ALMANAC_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
