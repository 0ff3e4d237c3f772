import type { z } from "zod";
import { bulkSchema } from "../../../shared/api/schedules.ts";
import { AppError, assertNever } from "../../../shared/domain/errors.ts";
import { parseWith } from "../../../shared/domain/fieldIssues.ts";
import type { Actor } from "../contract.ts";
import type { Core } from "../core.ts";
import type { ScheduleCommands } from "./scheduleCommands.ts";

type BulkInput = ReturnType<typeof bulkSchema.parse>;

/** One action on many schedules in one transaction; those already in the wanted state are left alone, and not named. */
export function bulk(
  core: Core,
  schedules: ScheduleCommands,
  raw: z.input<typeof bulkSchema>,
  actor: Actor,
): { changed: string[] } {
  const input = parseWith(bulkSchema, raw);
  return core.write(() => ({ changed: input.scheduleIds.filter((id) => applyTo(schedules, id, input, actor)) }));
}

/** True where it changed something. */
function applyTo(schedules: ScheduleCommands, scheduleId: string, input: BulkInput, actor: Actor): boolean {
  const { status } = schedules.existing(scheduleId);
  const { action, note } = input;
  switch (action) {
    case "pause":
      if (status !== "active") return false;
      schedules.pause({ scheduleId, ...(note === undefined ? {} : { note }) }, actor);
      return true;
    case "resume":
      if (status !== "paused") return false;
      schedules.resume(scheduleId, actor);
      return true;
    case "delete":
      if (status === "deleted") return false;
      schedules.remove(scheduleId, actor);
      return true;
    case "restore":
      if (status !== "deleted") return false;
      schedules.restore(scheduleId, actor);
      return true;
    case "add_tag":
    case "remove_tag": {
      const tag = givenTag(input);
      if (status === "deleted") return false;
      const change = action === "add_tag" ? withTag : withoutTag;
      return schedules.setTags(scheduleId, (tags) => change(tags, tag), actor);
    }
    default:
      return assertNever(action);
  }
}

function givenTag({ tag }: BulkInput): string {
  if (tag !== undefined) return tag;
  throw new AppError("INVALID_INPUT", "tag: the tag to add or remove (given: nothing)", {
    issues: [{ path: "tag", message: "the tag to add or remove" }],
  });
}

const withTag = (tags: string[], tag: string): string[] => (tags.includes(tag) ? tags : [...tags, tag]);
const withoutTag = (tags: string[], tag: string): string[] => tags.filter((each) => each !== tag);
