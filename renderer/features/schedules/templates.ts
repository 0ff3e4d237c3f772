import type { CreateScheduleInput } from "../../../shared/api/schedules.ts";
import type { NewScheduleSearch } from "../../app/search.ts";

/** What a new schedule's form starts from. */
export type ScheduleDraft = Partial<CreateScheduleInput>;

/** A ready-made schedule that the first start offers. */
export interface ScheduleTemplate {
  key: string;
  title: string;
  text: string;
  draft: ScheduleDraft;
}

export const templates: readonly ScheduleTemplate[] = [
  {
    key: "daily-backup",
    title: "Back up a folder every day",
    text: "Packs your Documents into a dated archive at 18:00; a missed evening can be filled in later.",
    draft: {
      name: "Daily backup",
      workflowName: "shell.command",
      input: { command: 'tar -czf "$HOME/documents-{{date}}.tar.gz" -C "$HOME" Documents' },
      spec: { calendar: [{ times: ["18:00"] }] },
      catchup: "latest",
    },
  },
  {
    key: "site-check",
    title: "Check a website every 5 minutes",
    text: "Asks for a page and fails when it does not answer with success, so that its ratio is its uptime.",
    draft: {
      name: "Website check",
      workflowName: "http.request",
      input: { method: "GET", url: "https://example.com/" },
      spec: { interval: "5m" },
      timeout: "30s",
    },
  },
  {
    key: "weekday-report",
    title: "Run a script on weekday mornings",
    text: "Monday to Friday at 08:30, knowing which day it is for, so that past days can be run again.",
    draft: {
      name: "Weekday report",
      workflowName: "shell.command",
      input: { command: 'echo "Report for $ALMANAC_SCHEDULED_TIME"' },
      spec: { calendar: [{ dayOfWeek: "mon-fri", times: ["08:30"] }] },
      maxAttempts: 3,
    },
  },
];

/** The draft that an address of the new-schedule page asks for. */
export function draftFromSearch(search: NewScheduleSearch): ScheduleDraft | undefined {
  const template = templates.find((candidate) => candidate.key === search.template);
  if (template !== undefined) return template.draft;
  return search.workflow === undefined ? undefined : { workflowName: search.workflow };
}
