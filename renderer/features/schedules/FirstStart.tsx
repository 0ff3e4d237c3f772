import { Anchor, Button, Code, Text, Title } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { client, trpc } from "../../api/client.ts";
import { loaded } from "../../api/code.ts";
import { notifyError } from "../../components/page/notify.tsx";
import classes from "./Schedules.module.css";
import { type ScheduleTemplate, templates } from "./templates.ts";

const ImportDialog = lazy(() =>
  loaded(import("../import/ImportDialog.tsx")).then((module) => ({ default: module.ImportDialog })),
);

/** The first start: three real schedules to begin with, each of which can be tried at once. */
export function FirstStart() {
  const { data: status } = useQuery(trpc.system.status.queryOptions());
  const [importing, setImporting] = useState(false);
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
      </div>
      <Text c="dimmed">
        Schedules you already have, as a crontab or an export of Almanac, can be{" "}
        <Anchor component="button" type="button" className="link" fz="inherit" onClick={() => setImporting(true)}>
          imported
        </Anchor>
        ; workflows written in TypeScript are loaded from a folder named in{" "}
        <Link to="/settings" className="link">
          Settings
        </Link>
        .
      </Text>
      {importing && (
        <Suspense>
          <ImportDialog zone={status?.zone ?? "UTC"} onClose={() => setImporting(false)} />
        </Suspense>
      )}
    </div>
  );
}

function TemplateCard({ template }: { template: ScheduleTemplate }) {
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const { draft } = template;
  const input = draft.input as Record<string, string>;
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
        {input["command"] ?? `${input["method"]} ${input["url"]}`}
      </Code>
      <div className={classes.templateActions}>
        <Button
          renderRoot={(props) => <Link to="/schedules/new" search={{ template: template.key }} {...props} />}
          aria-label={`Use: ${template.title}`}
        >
          Use this
        </Button>
        <Button
          variant="default"
          leftSection={<IconPlayerPlay size={14} />}
          loading={busy}
          onClick={runOnce}
          aria-label={`Run once to see: ${template.title}`}
        >
          Run it once to see
        </Button>
      </div>
    </section>
  );
}
