import type { CompiledSpec } from "./compile.ts";
import { nextOccurrence } from "./occurrences.ts";

/** A number from 0 to 1 (left out) that depends on the text alone (FNV-1a, then mixed). */
function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}

/** When an occurrence is fired, epoch ms: its time and the schedule's jitter, before the next occurrence. The same for the same schedule and occurrence. */
export function fireTimeOf(c: CompiledSpec, scheduleId: string, scheduledAt: number): number {
  if (c.jitterMs <= 0) return scheduledAt;
  const next = nextOccurrence(c, scheduledAt);
  const most = next === null ? c.jitterMs : Math.min(c.jitterMs, next - scheduledAt - 1);
  return scheduledAt + Math.floor(fractionOf(`${scheduleId}\n${scheduledAt}`) * (most + 1));
}
