import { Button, Code, Select, Text, Title } from "@mantine/core";
import { IconPlayerPlay, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { type Agent, agents } from "../../../../shared/domain/agents.ts";
import { client, trpc } from "../../../api/client.ts";
import { openDialog } from "../../../commands/dialogs.ts";
import { notifyError } from "../../../components/page/notify.tsx";
import classes from "../Schedules.module.css";
import { aiTask, type ScheduleTemplate, templates } from "./templates.ts";

/** The first start: real schedules to begin with, each of which can be tried at once, and those that the person has already. */
export function FirstStart() {
  const { data: found } = useQuery(trpc.workflows.agents.queryOptions());
  const mine = agents.filter(({ command }) => found?.includes(command));
  const [chosen, setChosen] = useState<string | null>(null);
  const agent = mine.find(({ command }) => command === chosen) ?? mine[0];
  return (
    <div className={classes.firstStart}>
      <Title order={2}>Nothing is scheduled yet</Title>
      <Text c="dimmed" maw={620}>
        A schedule runs a command, a request or a function of yours at the times you choose, shows whether it worked,
        and lets you fill in what it missed. Begin with one of these and change what you like, or start from scratch.
      </Text>
      <div className={classes.templates}>
        {templates.map((template) => (
          <TemplateCard key={template.key} template={template} />
        ))}
        <TemplateCard
          template={aiTask(agent ?? (agents[0] as Agent))}
          choice={
            agent !== undefined ? (
              <Select
                aria-label="Agent"
                data={mine.map(({ command, title }) => ({ value: command, label: title }))}
                value={agent.command}
                onChange={setChosen}
                allowDeselect={false}
              />
            ) : (
              <Text c="dimmed" fz="xs">
                {found === undefined
                  ? "…"
                  : `None of ${agents.map(({ command }) => command).join(", ")} was found here: name yours in the form.`}
              </Text>
            )
          }
          cannotRun={agent === undefined}
        />
      </div>
      <section className={classes.template} aria-label="What this machine runs already">
        <Title order={3}>What this machine runs already</Title>
        <Text c="dimmed">
          Your crontab and your systemd timers become schedules after a look at each of them; they themselves stay as
          they are. Files of launchd, Windows, Kubernetes, GitHub Actions and exports of Almanac are read, too.
        </Text>
        <div className={classes.templateActions}>
          <Button onClick={() => openDialog({ kind: "import", find: true })} leftSection={<IconSearch size={14} />}>
            Find my crontab and timers
          </Button>
          <Button variant="default" onClick={() => openDialog({ kind: "import" })}>
            Import a file
          </Button>
        </div>
      </section>
      <Text c="dimmed">
        Workflows written in TypeScript are loaded from a folder named in{" "}
        <Link to="/settings" className="link">
          Settings
        </Link>
        .
      </Text>
    </div>
  );
}

function TemplateCard(props: { template: ScheduleTemplate; choice?: ReactNode; cannotRun?: boolean }) {
  const { template } = props;
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const { draft } = template;
  const input = draft.input as Record<string, unknown>;
  const runOnce = async () => {
    setBusy(true);
    try {
      const { runId } = await client.workflows.run.mutate({ name: draft.workflowName ?? "", input });
      await navigate({ to: "/runs/$id", params: { id: runId } });
    } catch (error) {
      notifyError(error);
      setBusy(false);
    }
  };
  return (
    <section className={classes.template} aria-label={template.title}>
      <Title order={3}>{template.title}</Title>
      <Text c="dimmed">{template.text}</Text>
      <Code block className={classes.templateCode}>
        {codeOf(input)}
      </Code>
      {props.choice}
      <div className={classes.templateActions}>
        <Button
          renderRoot={(button) => <Link to="/schedules/new" search={{ template: template.key }} {...button} />}
          aria-label={`Use: ${template.title}`}
        >
          Use this
        </Button>
        <Button
          variant="default"
          leftSection={<IconPlayerPlay size={14} />}
          loading={busy}
          disabled={props.cannotRun ?? false}
          onClick={runOnce}
          aria-label={`Run once to see: ${template.title}`}
        >
          Run it once to see
        </Button>
      </div>
    </section>
  );
}

/** What a template does, as it would be typed. */
function codeOf(input: Record<string, unknown>): string {
  const { command, method, url, program, args } = input;
  if (typeof command === "string") return command;
  if (typeof program === "string")
    return [program, ...(Array.isArray(args) ? args : []).map((arg) => (/\s/.test(arg) ? `"${arg}"` : arg))].join(" ");
  return `${method} ${url}`;
}
