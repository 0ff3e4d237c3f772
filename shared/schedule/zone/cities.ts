import { isKnownZone } from "./zone.ts";

let cities: Map<string, string> | null = null;

/** The zone that IANA names after a city (`new_york`); null where there is none, or several are named so. */
export function zoneOfCity(city: string): string | null {
  if (cities === null) {
    cities = new Map();
    const several = new Set<string>();
    for (const zone of Intl.supportedValuesOf("timeZone")) {
      const name = zone.split("/").at(-1)?.toLowerCase() ?? "";
      if (!zone.includes("/") || zone.startsWith("Etc/")) continue;
      if (cities.has(name)) several.add(name);
      cities.set(name, zone);
    }
    for (const name of several) cities.delete(name);
  }
  const listed = cities.get(city.toLowerCase());
  if (listed !== undefined) return listed;
  // Runtimes list one name of a zone and take its others: Asia/Calcutta, and Asia/Kolkata.
  const written = city.replace(
    /(^|[_-])([a-z])/g,
    (_all, before: string, letter: string) => before + letter.toUpperCase(),
  );
  const known = ["Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"]
    .map((area) => `${area}/${written}`)
    .filter(isKnownZone);
  return known.length === 1 ? (known[0] as string) : null;
}
