import type { inferRouterOutputs } from "@trpc/server";
import type { z } from "zod";
import type { AppRouter } from "../router.ts";
import { calendars, hooks, listening, notifications, pools, workflows } from "./answers/ofFolder.ts";
import { access, exchange, folders, runtime, system, updates } from "./answers/ofProgram.ts";
import { backfills, runs, scheduleList, scheduleRows, schedules } from "./answers/ofWork.ts";

type Outputs = inferRouterOutputs<AppRouter>;

/** What calls answer, as schemas: each of them. Nothing is parsed by them but in tests. */
const answers = {
  schedules: { ...schedules, list: scheduleList, rows: scheduleRows },
  runs,
  backfills,
  workflows,
  calendars,
  pools,
  hooks,
  listening,
  notifications,
  access,
  system,
  exchange,
  runtime,
  folders,
  updates,
} satisfies { [R in keyof Outputs]?: { [P in keyof Outputs[R]]?: z.ZodType } };

/** The schema of what a call such as `schedules.get` answers; null where none says it. */
export function answerSchema(name: string): z.ZodType | null {
  const [topic = "", call = ""] = name.split(".");
  const found: Record<string, Record<string, z.ZodType>> = answers;
  return found[topic]?.[call] ?? null;
}
