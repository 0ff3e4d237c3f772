import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { client, trpc } from "../../api/client.ts";
import { errorMessage } from "../../api/errors.ts";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { useUnsaved } from "../../components/page/unsaved.tsx";
import { BaseAddress } from "./BaseAddress.tsx";
import { ChannelForm } from "./ChannelForm.tsx";
import { Messages } from "./Messages.tsx";
import classes from "./Notifications.module.css";
import { RuleForm } from "./RuleForm.tsx";
import { type ChannelRow, channelWords, type RuleRow, ruleWords } from "./words.ts";

/** Who is told what changed: where messages go, what is told, and what was. */
export function NotificationsPage() {
  const channels = useQuery(trpc.notifications.channels.queryOptions());
  const rules = useQuery(trpc.notifications.rules.queryOptions());
  const error = channels.error ?? rules.error;
  const retry = () => Promise.all([channels.refetch(), rules.refetch()]);
  return (
    <>
      <PageHeader
        title="Notifications"
        sub="Each change of a schedule's state is told once, also without a window: the process that fires sends."
      />
      {error !== null ? (
        <ErrorState error={error} title="The notifications could not be read" onRetry={retry} />
      ) : channels.data === undefined || rules.data === undefined ? (
        <LoadingRows />
      ) : (
        <div className={classes.body}>
          <Section title="Channels" text="Where messages go. What is secret about one is stored unseen.">
            <Channels channels={channels.data} />
          </Section>
          <Section title="Rules" text="Which changes of which schedules are told, and to whom.">
            <Rules rules={rules.data} channels={channels.data.map(({ name }) => name)} />
          </Section>
          <Section title="Links in messages" text="Where the pages are served for those who read them.">
            <BaseAddress />
          </Section>
          <Section title="Messages" text="Newest first, with what the other side answered.">
            <Messages />
          </Section>
        </div>
      )}
    </>
  );
}

function Section(props: { title: string; text: string; children: ReactNode }) {
  return (
    <section className={classes.section} aria-label={props.title}>
      <div>
        <h2 className={classes.title}>{props.title}</h2>
        <p className={classes.text}>{props.text}</p>
      </div>
      <div className={classes.content}>{props.children}</div>
    </section>
  );
}

function Channels({ channels }: { channels: readonly ChannelRow[] }) {
  const [editing, setEditing] = useState<ChannelRow | "new" | null>(null);
  const { onChanged, leave, dialog } = useUnsaved("The channel in the form is not saved.");
  return (
    <>
      <ul className={classes.rows}>
        {channels.map((channel) => (
          <ChannelItem key={channel.name} channel={channel} onEdit={() => leave(() => setEditing(channel))} />
        ))}
      </ul>
      {editing === null ? (
        <div>
          <Button variant="default" onClick={() => setEditing("new")}>
            Add a channel
          </Button>
        </div>
      ) : (
        <ChannelForm
          key={editing === "new" ? "" : editing.name}
          channel={editing === "new" ? null : editing}
          onChanged={onChanged}
          onDone={() => setEditing(null)}
        />
      )}
      {dialog}
    </>
  );
}

function ChannelItem({ channel, onEdit }: { channel: ChannelRow; onEdit: () => void }) {
  const [said, setSaid] = useState<{ ok: boolean; text: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const attempt = async (work: () => Promise<{ ok: boolean; text: string } | null>) => {
    setBusy(true);
    setSaid(null);
    try {
      setSaid(await work());
    } catch (error) {
      setSaid({ ok: false, text: errorMessage(error) });
    } finally {
      setBusy(false);
    }
  };
  const test = () =>
    attempt(async () => {
      const { ok, answer, tookMs } = await client.notifications.test.mutate({ name: channel.name });
      return { ok, text: `${ok ? "Sent" : "Not sent"} in ${tookMs} ms: ${answer}` };
    });
  const remove = () =>
    attempt(async () => {
      await client.notifications.deleteChannel.mutate({ name: channel.name });
      return null;
    });
  const { last } = channel;
  return (
    <li>
      <div className={classes.row}>
        <strong className="ellipsis" data-tip={channel.name}>
          {channel.name}
        </strong>
        <span className="dim ellipsis">{channelWords(channel)}</span>
        <span className={classes.actions}>
          <Button
            variant="default"
            size="compact-xs"
            onClick={test}
            loading={busy}
            aria-label={`Send a test to ${channel.name}`}
          >
            Send a test
          </Button>
          {channel.config.kind !== "desktop" && (
            <Button variant="subtle" size="compact-xs" onClick={onEdit} aria-label={`Change ${channel.name}`}>
              Change
            </Button>
          )}
          <Button variant="subtle" size="compact-xs" onClick={remove} aria-label={`Remove ${channel.name}`}>
            Remove
          </Button>
        </span>
      </div>
      {channel.rules.length === 0 && <p className="dim">No rule sends to it yet.</p>}
      {last !== null && last.status !== "sent" && said === null && (
        <p className={classes.failed}>
          Last message {last.status === "failed" ? "failed" : "is tried again"}: {last.answer ?? "not sent yet"}
        </p>
      )}
      <p role="status" className={said?.ok === false ? classes.failed : "dim"}>
        {said?.text}
      </p>
    </li>
  );
}

function Rules({ rules, channels }: { rules: readonly RuleRow[]; channels: readonly string[] }) {
  const [editing, setEditing] = useState<RuleRow | "new" | null>(null);
  const { onChanged, leave, dialog } = useUnsaved("The rule in the form is not saved.");
  const [error, setError] = useState<unknown>(null);
  const remove = (name: string) => {
    setError(null);
    client.notifications.deleteRule.mutate({ name }).catch(setError);
  };
  return (
    <>
      {rules.length === 0 && <p className="dim">Nothing is told: add a rule to be told of failures and missed runs.</p>}
      <ul className={classes.rows}>
        {rules.map((rule) => (
          <li key={rule.name} className={classes.row}>
            <strong className="ellipsis" data-tip={rule.name}>
              {rule.name}
            </strong>
            <span className="dim">{ruleWords(rule)}</span>
            <span className={classes.actions}>
              <Button
                variant="subtle"
                size="compact-xs"
                onClick={() => leave(() => setEditing(rule))}
                aria-label={`Change rule ${rule.name}`}
              >
                Change
              </Button>
              <Button
                variant="subtle"
                size="compact-xs"
                onClick={() => remove(rule.name)}
                aria-label={`Remove rule ${rule.name}`}
              >
                Remove
              </Button>
            </span>
          </li>
        ))}
      </ul>
      {error !== null && (
        <p className={classes.failed} role="alert">
          {errorMessage(error)}
        </p>
      )}
      {editing === null ? (
        <div>
          <Button variant="default" onClick={() => setEditing("new")} disabled={channels.length === 0}>
            Add a rule
          </Button>
        </div>
      ) : (
        <RuleForm
          key={editing === "new" ? "" : editing.name}
          rule={editing === "new" ? null : editing}
          channels={channels}
          onChanged={onChanged}
          onDone={() => setEditing(null)}
        />
      )}
      {dialog}
    </>
  );
}
