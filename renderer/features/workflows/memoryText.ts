import type { WorkflowRow } from "../../../shared/api/workflows.ts";
import { sizeText } from "../../format/numbers.ts";

const who = { workflow: "", code: ", as its code says", settings: ", as in Settings" } as const;

/** What runs of a workflow may take whose schedule says nothing, in words. */
export function memoryText({ limit, by }: WorkflowRow["memory"]): string {
  if (limit === "none") return `No limit of memory${by === "code" ? who.code : ""}`;
  return `${sizeText(limit)} of memory${who[by]}`;
}
