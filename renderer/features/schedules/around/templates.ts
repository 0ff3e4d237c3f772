import type { CreateScheduleInput } from "../../../../shared/api/schedules.ts";
import { type Agent, agents } from "../../../../shared/domain/agents.ts";
import { afterEntry } from "../../../../shared/domain/chain.ts";
import type { NewScheduleSearch, templateKeys } from "../../../app/search.ts";

/** What a new schedule's form starts from. */
export type ScheduleDraft = Partial<CreateScheduleInput>;

/** A ready-made schedule that the first start offers. */
export interface ScheduleTemplate {
  key: (typeof templateKeys)[number];
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
      input: { command: 'day="{{date}}"\necho "Report for $day"' },
      spec: { calendar: [{ dayOfWeek: "mon-fri", times: ["08:30"] }] },
      maxAttempts: 3,
    },
  },
];

const prompt = "What changed in ~/notes since yesterday? Answer in five lines.";

/** A prompt that an agent of the person's own answers, every weekday morning. */
export const aiTask = ({ command, args }: Agent): ScheduleTemplate => ({
  key: `ai-${command}`,
  title: "Ask an AI agent every morning",
  text: "Hands a prompt to a command-line agent that you have; its answer is the run's result, and its log while it writes. Almanac itself sends nothing.",
  draft: {
    name: "Morning summary",
    workflowName: "shell.command",
    input: { program: command, args: [...args, prompt] },
    spec: { calendar: [{ dayOfWeek: "mon-fri", times: ["08:00"] }] },
    timeout: "10m",
  },
});

const allTemplates: readonly ScheduleTemplate[] = [...templates, ...agents.map(aiTask)];

/** The draft that an address of the new-schedule page asks for. */
export function draftFromSearch(search: NewScheduleSearch): ScheduleDraft | undefined {
  const template = allTemplates.find((candidate) => candidate.key === search.template);
  if (template !== undefined) return template.draft;
  const { after, afterOutcome, delay } = search;
  if (after !== undefined) return { spec: { on: afterEntry(after, afterOutcome ?? "completed", delay ?? "") } };
  if (search.workflow !== undefined) return { workflowName: search.workflow };
  return search.at === undefined ? undefined : { spec: { at: search.at } };
}

/** What a run that nobody scheduled becomes: what it ran, and all of the template that it was tried from. */
export function draftOfRun(run: { workflowName: string; input: unknown }): ScheduleDraft {
  const sameInput = JSON.stringify(run.input);
  const template = allTemplates.find(
    ({ draft }) => draft.workflowName === run.workflowName && JSON.stringify(draft.input) === sameInput,
  );
  return template?.draft ?? { workflowName: run.workflowName, input: run.input };
}
