import { PageHeader } from "../../components/PageHeader.tsx";
import type { ScheduleDraft } from "../schedules/templates.ts";

export function EditorPage(_props: { scheduleId?: string; duplicateOf?: string; draft?: ScheduleDraft }) {
  return <PageHeader title="New schedule" />;
}
