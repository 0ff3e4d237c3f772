import { seenOfferSetting, updateFeedSetting, updateKeySetting } from "../../../shared/api/updates.ts";
import { passEnvironmentSetting } from "../../../shared/domain/environment.ts";

/** Settings whose texts are the program's own words, or what somebody has to see to help. */
const shownTexts: ReadonlySet<string> = new Set([
  "runtime",
  "baseUrl",
  "workflowPaths",
  passEnvironmentSetting,
  "desktop.quit",
  "desktop.toldOfClosing",
  seenOfferSetting,
  updateFeedSetting,
  updateKeySetting,
]);

/** Settings as they may be shown: numbers and switches as they are, of other texts how long they are. */
export function shownSettings(settings: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, shownTexts.has(key) ? value : withoutTexts(value)]),
  );
}

function withoutTexts(value: unknown): unknown {
  if (typeof value === "string") return `(${value.length} characters)`;
  if (Array.isArray(value)) return value.map(withoutTexts);
  if (typeof value === "object" && value !== null) return `(${Object.keys(value).length} fields)`;
  return value;
}
