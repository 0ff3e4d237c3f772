/** The first version whose interface the database's native module is built for; as `engines` of package.json says. */
export const oldestNode = "22.14";

/** Why this Node cannot run Almanac, and what to do; null where it can. */
export function nodeProblem(version: string): string | null {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = oldestNode.split(".").map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return null;
  return `almanac needs Node ${oldestNode} or later, and this is ${version}. Nothing was touched. Install a later one from nodejs.org, or run it with one: npx -p node@24 almanac`;
}
