import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { trpc } from "../../api/client.ts";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { WorkflowFolders } from "../workflows/WorkflowFolders.tsx";
import { About } from "./About.tsx";
import { Appearance } from "./Appearance.tsx";
import { Access } from "./access/Access.tsx";
import { Backups } from "./Backups.tsx";
import { CommandSettings } from "./CommandSettings.tsx";
import { DesktopSettings } from "./DesktopSettings.tsx";
import { EngineSettings } from "./EngineSettings.tsx";
import { Exchange } from "./Exchange.tsx";
import { Listening } from "./Listening.tsx";
import { Pools } from "./Pools.tsx";
import { RuntimeSettings } from "./RuntimeSettings.tsx";
import { Secrets } from "./Secrets.tsx";
import classes from "./Settings.module.css";
import { TrustedFolders } from "./TrustedFolders.tsx";
import { Updates } from "./Updates.tsx";

/** Everything that is not about one schedule. Each change is kept as it is made. */
export function SettingsPage() {
  const status = useQuery(trpc.system.status.queryOptions());
  const settings = useQuery(trpc.system.settings.queryOptions());
  const workflows = useQuery(trpc.workflows.list.queryOptions());
  const error = status.error ?? settings.error;
  return (
    <>
      <PageHeader title="Settings" sub="Changes are kept as you make them." />
      {error !== null ? (
        <ErrorState
          error={error}
          title="The settings could not be read"
          onRetry={() => {
            status.refetch();
            settings.refetch();
          }}
        />
      ) : status.data === undefined || settings.data === undefined ? (
        <LoadingRows />
      ) : (
        <div className={classes.body}>
          <Section title="Appearance" text="For this window only.">
            <Appearance />
          </Section>
          {status.data.desktop && (
            <Section title="Desktop">
              <DesktopSettings settings={settings.data} />
            </Section>
          )}
          <Section title="Engine">
            <EngineSettings status={status.data} settings={settings.data} />
          </Section>
          <Section
            id="runtime"
            title="Runtime"
            text="What executes runs. A change holds from the next run on; what runs ends where it runs."
          >
            <RuntimeSettings status={status.data} />
          </Section>
          <Section
            title="Pools"
            text="Named limits, such as two runs at once that use a database. Schedules choose theirs in the editor; workflows and tags can belong to one."
          >
            <Pools />
          </Section>
          <Section title="Workflows">
            {workflows.data !== undefined && <WorkflowFolders paths={workflows.data.paths} />}
          </Section>
          <Section title="Commands" text="What commands and scripts find of Almanac's own environment.">
            <CommandSettings settings={settings.data} />
          </Section>
          <Section
            title="Trusted folders"
            text="Almanac uses no folder that others can write to, unless it is named here."
          >
            <TrustedFolders />
          </Section>
          <Section
            title="Secrets"
            text="Values for {{secret.NAME}} in inputs. They are kept out of logs and can be replaced, not read."
          >
            <Secrets />
          </Section>
          <Section title="Access" text="Who may open these pages in a browser, and which programs may ask.">
            <Access desktop={status.data.desktop} />
          </Section>
          {status.data.desktop && (
            <Section id="listening" title="Programs" text="Which programs of this machine may ask this one.">
              <Listening />
            </Section>
          )}
          <Section title="Days off" text="Holidays and maintenance windows that many schedules share.">
            <Link to="/calendars" className="link">
              Exclusion calendars
            </Link>
          </Section>
          <Section title="Import and export">
            <Exchange />
          </Section>
          <Section
            title="Backups"
            text="Copies of the database, made when something changed and thinned out by themselves."
          >
            <Backups status={status.data} />
          </Section>
          {status.data.desktop && (
            <Section id="updates" title="Updates" text="Only from a feed that you or your package names.">
              <Updates />
            </Section>
          )}
          <Section title="About">
            <About status={status.data} />
          </Section>
        </div>
      )}
    </>
  );
}

function Section(props: { id?: string; title: string; text?: string; children: ReactNode }) {
  return (
    <section id={props.id} className={classes.section} aria-label={props.title}>
      <div>
        <h2 className={classes.title}>{props.title}</h2>
        {props.text !== undefined && <p className={classes.text}>{props.text}</p>}
      </div>
      <div className={classes.content}>{props.children}</div>
    </section>
  );
}
