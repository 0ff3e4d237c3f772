/** The names without a slash that IANA has; whatever else a runtime takes is an abbreviation. */
const SHORT_NAMES = new Set(
  `CET CST6CDT Cuba EET EST EST5EDT Egypt Eire Factory GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland
  Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK
  Singapore Turkey UCT UTC Universal W-SU WET Zulu`
    .toUpperCase()
    .split(/\s+/),
);

/** What abbreviations could mean, the most common first. */
const MEANINGS: Readonly<Record<string, readonly string[]>> = {
  ACDT: ["Australia/Adelaide"],
  ACST: ["Australia/Adelaide", "Australia/Darwin"],
  ADT: ["America/Halifax"],
  AEDT: ["Australia/Sydney"],
  AEST: ["Australia/Sydney", "Australia/Brisbane"],
  AKDT: ["America/Anchorage"],
  AKST: ["America/Anchorage"],
  ART: ["America/Argentina/Buenos_Aires"],
  AST: ["America/Halifax", "America/Puerto_Rico", "Asia/Riyadh"],
  AWST: ["Australia/Perth"],
  BRT: ["America/Sao_Paulo"],
  BST: ["Europe/London", "Asia/Dhaka", "Pacific/Bougainville"],
  CAT: ["Africa/Maputo"],
  CDT: ["America/Chicago", "America/Havana"],
  CEST: ["Europe/Berlin", "Europe/Paris"],
  CLT: ["America/Santiago"],
  COT: ["America/Bogota"],
  CST: ["America/Chicago", "America/Costa_Rica", "Asia/Shanghai", "America/Havana"],
  CT: ["America/Chicago"],
  EAT: ["Africa/Nairobi"],
  EDT: ["America/New_York"],
  EEST: ["Europe/Athens", "Europe/Helsinki"],
  ET: ["America/New_York"],
  GST: ["Asia/Dubai", "Atlantic/South_Georgia"],
  HDT: ["America/Adak"],
  HKT: ["Asia/Hong_Kong"],
  ICT: ["Asia/Bangkok"],
  IDT: ["Asia/Jerusalem"],
  IST: ["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"],
  JST: ["Asia/Tokyo"],
  KST: ["Asia/Seoul"],
  MDT: ["America/Denver"],
  MEST: ["Europe/Berlin"],
  MSK: ["Europe/Moscow"],
  MT: ["America/Denver"],
  NDT: ["America/St_Johns"],
  NST: ["America/St_Johns"],
  NZDT: ["Pacific/Auckland"],
  NZST: ["Pacific/Auckland"],
  PDT: ["America/Los_Angeles"],
  PHT: ["Asia/Manila"],
  PKT: ["Asia/Karachi"],
  PST: ["America/Los_Angeles", "Asia/Manila", "Pacific/Pitcairn"],
  PT: ["America/Los_Angeles"],
  SAST: ["Africa/Johannesburg"],
  SGT: ["Asia/Singapore"],
  SST: ["Pacific/Pago_Pago", "Asia/Singapore"],
  TRT: ["Europe/Istanbul"],
  WAT: ["Africa/Lagos"],
  WEST: ["Europe/Lisbon"],
  WIB: ["Asia/Jakarta"],
};

/** Zones that IANA has under an abbreviation, without clock changes. */
const FIXED: Readonly<Record<string, string>> = {
  EST: "America/New_York",
  MST: "America/Denver",
  HST: "America/Adak",
};

/** Whether a name has the form of IANA's. Offsets such as "+05:00" have none, nor have abbreviations, though a runtime may take them. */
export function isZoneName(id: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+-]{0,31}(\/[A-Za-z0-9_+-]{1,31}){0,3}$/.test(id)) return false;
  return id.includes("/") || SHORT_NAMES.has(id.toUpperCase());
}

/** The IANA names that an abbreviation could stand for, the most common first. */
export function meaningsOf(word: string): readonly string[] {
  const name = word.toUpperCase();
  return (Object.hasOwn(MEANINGS, name) ? MEANINGS[name] : undefined) ?? [];
}

/** Whether a word is what zones are called for short, and no name of IANA's with clock changes. */
export function isZoneAbbreviation(word: string): boolean {
  return meaningsOf(word).length > 0 || Object.hasOwn(FIXED, word.toUpperCase());
}

/** What is taken in place of a zone that is not known; for an abbreviation, what it could mean. */
export function zoneTaken(id: unknown): string {
  const meanings = typeof id === "string" ? meaningsOf(id) : [];
  return meanings.length > 0
    ? `an IANA time zone is expected; ${String(id).toUpperCase()} is none, and could mean ${meanings.join(" or ")}`
    : "an IANA time zone that this system knows, such as Europe/Berlin, is expected";
}

/** What is worth knowing of a zone that is taken; null where there is nothing. */
export function zoneNote(id: string): string | null {
  const name = id.toUpperCase();
  const changing = Object.hasOwn(FIXED, name) ? FIXED[name] : undefined;
  return changing === undefined
    ? null
    : `${name} has no clock changes: where summer time is meant, take ${changing} or the like.`;
}
