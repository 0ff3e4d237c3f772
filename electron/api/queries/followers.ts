import { AppError } from "../../../shared/domain/errors.ts";
import type { ReadModel } from "../../storage/reads/readModel.ts";

const namedMost = 5;

/** Who comes after these schedules, and would start no more without them, as it follows "… comes after": null where nobody does. */
export function followersText(reads: Pick<ReadModel, "followersOf">, scheduleIds: readonly string[]): string | null {
  const ids = reads.followersOf(scheduleIds).map(({ scheduleId }) => scheduleId);
  if (ids.length === 0) return null;
  const rest = ids.length - namedMost;
  const named = rest > 0 ? `${ids.slice(0, namedMost).join(", ")} and ${rest} more` : ids.join(", ");
  return `${named} ${ids.length === 1 ? "comes" : "come"} after ${scheduleIds.length === 1 ? scheduleIds[0] : "these"}, and would start no more`;
}

/** Throws CONFIRMATION_REQUIRED where others come after what is to be deleted. */
export function checkFollowers(reads: Pick<ReadModel, "followersOf">, scheduleIds: readonly string[]): void {
  const text = followersText(reads, scheduleIds);
  if (text === null) return;
  throw new AppError("CONFIRMATION_REQUIRED", `${text}: confirm with confirmed: true, or change when they run first`, {
    issues: [{ path: "confirmed", message: "true is expected, where they are to start no more" }],
  });
}
