import { Alert, Button, Group, Progress, Switch, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import {
  feedAddressSchema,
  publicKeySchema,
  type UpdateStatus,
  updateFeedSetting,
  updateKeySetting,
  updatesSetting,
} from "../../../shared/api/updates.ts";
import { installedWords, updateWords } from "../../../shared/api/updateWords.ts";
import { client, queryClient, trpc } from "../../api/client.ts";
import { copyText } from "../../components/page/copy.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { Fact, Facts } from "../../components/page/Facts.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { notifyError } from "../../components/page/notify.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import classes from "./Settings.module.css";
import { useSetting } from "./useSetting.ts";

/** While something goes on its progress is looked at so often. */
const busyMs = 500;
const idleMs = 30_000;

/** Where updates of this program come from, whether there is one, and what this copy can do about it. */
export function Updates() {
  const { data, error, refetch } = useQuery({
    ...trpc.updates.status.queryOptions(),
    staleTime: 0,
    refetchInterval: ({ state }) => (isBusy(state.data ?? null) ? busyMs : idleMs),
  });
  if (error !== null) return <ErrorState error={error} title="Updates could not be read" onRetry={refetch} />;
  if (data === undefined) return <LoadingRows rows={2} />;
  return data === null ? null : <UpdateSettings status={data} />;
}

const isBusy = (status: UpdateStatus | null): boolean =>
  status?.state === "checking" || status?.state === "downloading";

function UpdateSettings({ status }: { status: UpdateStatus }) {
  const { write, error, busy } = useSetting(updatesSetting);
  // A link from elsewhere is about this.
  const meant = useLocation({ select: ({ hash }) => hash === "updates" });
  const body = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (meant) body.current?.closest("section")?.scrollIntoView();
  }, [meant]);
  const reread = () => queryClient.invalidateQueries({ queryKey: trpc.updates.status.queryKey() });
  return (
    <>
      <Facts>
        <Fact label="Version">Almanac {status.version}</Fact>
        <Fact label="Installed as">{installedWords[status.installedAs]}</Fact>
      </Facts>
      <p ref={body} className={classes.state}>
        {updateWords(status)}
      </p>
      <SettingText
        name={updateFeedSetting}
        label="Feed"
        description="The address of a folder with signed packages. Without one, nobody is asked."
        placeholder={status.packaged.feed ?? "https://example.com/almanac"}
        problemOf={(value) => problem(feedAddressSchema.safeParse(value))}
        onSaved={reread}
      />
      <SettingText
        name={updateKeySetting}
        label="Public key"
        description="What the feed is signed with: from whoever publishes it, by another way than the feed."
        placeholder={status.packaged.publicKey ?? undefined}
        problemOf={(value) => problem(publicKeySchema.safeParse(value))}
        onSaved={reread}
      />
      {status.feed !== null && (
        <>
          <Switch
            label="Look for updates once a day"
            checked={status.looks}
            error={error}
            disabled={busy}
            onChange={(event) => void write(event.currentTarget.checked).then(reread)}
          />
          <Offer status={status} />
        </>
      )}
    </>
  );
}

const problem = (parsed: ReturnType<typeof feedAddressSchema.safeParse>): string | null =>
  parsed.error?.issues[0]?.message ?? null;

/** A text that is kept when the field is left; empty is none. */
function SettingText(props: {
  name: string;
  label: string;
  description: string;
  placeholder: string | undefined;
  problemOf: (value: string) => string | null;
  onSaved: () => void;
}) {
  const settings = useQuery(trpc.system.settings.queryOptions());
  const kept = settings.data?.[props.name];
  const saved = typeof kept === "string" ? kept : "";
  const [stored, setStored] = useState(saved);
  const [text, setText] = useState(saved);
  const [refused, setRefused] = useState<string | null>(null);
  const { write, error, busy } = useSetting(props.name);
  if (stored !== saved) {
    setStored(saved);
    setText(saved);
  }
  const save = async () => {
    const value = text.trim();
    const wrong = value === "" ? null : props.problemOf(value);
    setRefused(wrong);
    if (wrong !== null || value === saved) return;
    await write(value === "" ? null : value);
    props.onSaved();
  };
  return (
    <TextInput
      label={props.label}
      description={props.description}
      placeholder={props.placeholder}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={save}
      onKeyDown={(event) => event.key === "Enter" && void save()}
      error={refused ?? error}
      disabled={busy}
      spellCheck={false}
      autoComplete="off"
      maw={520}
    />
  );
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** What the feed has, and the one thing to do about it. */
function Offer({ status }: { status: UpdateStatus }) {
  const [asking, setAsking] = useState(false);
  const run = async (ask: () => Promise<unknown>) => {
    setAsking(true);
    try {
      await ask();
    } catch (caught) {
      notifyError(caught);
    } finally {
      setAsking(false);
      await queryClient.invalidateQueries({ queryKey: trpc.updates.status.queryKey() });
    }
  };
  const copy = (url: string) => copyText(url, "Address copied");
  const { state, offer, cannotInstall } = status;
  const installs = cannotInstall === null && offer?.isVerified === true && offer.url !== null;
  return (
    <div className={classes.choices} role="status" aria-label="Result of looking for updates">
      {(state === "refused" || state === "failed") && (
        <Alert
          color={state === "refused" ? "red" : "yellow"}
          title={state === "refused" ? "The offer was refused" : "It could not be had"}
        >
          {sentence(status.problem ?? "")} {state === "refused" ? "Nothing was installed." : "Nothing has changed."}
        </Alert>
      )}
      {state === "current" && <p className={classes.state}>This is the newest version.</p>}
      {offer !== null && (
        <p className={classes.state}>
          <strong>Almanac {offer.version} is available</strong>
          {offer.releasedAt !== null && (
            <>
              , released <TimeText at={offer.releasedAt} />
            </>
          )}
          .{!offer.isVerified && " Nobody has verified that: no public key is set."}
          {offer.url === null && " The feed has no file of it for this kind of copy."}
          {state === "ready" && " It is downloaded and verified."}
        </p>
      )}
      {offer?.url != null && !installs && <code className="mono">{offer.url}</code>}
      {state === "downloading" && (
        <Progress value={status.percent ?? 0} aria-label="Download" transitionDuration={0} maw={520} />
      )}
      <Group gap="sm">
        {state === "ready" ? (
          <Button onClick={() => run(() => client.updates.install.mutate())} loading={asking}>
            Quit and install
          </Button>
        ) : state === "available" && installs ? (
          <Button onClick={() => run(() => client.updates.download.mutate())} loading={asking}>
            Download it
          </Button>
        ) : offer?.url != null && state === "available" ? (
          <Button variant="default" onClick={() => copy(offer.url ?? "")}>
            Copy the address
          </Button>
        ) : null}
        {state !== "ready" && state !== "downloading" && (
          <Button
            variant="default"
            onClick={() => run(() => client.updates.check.mutate())}
            loading={asking || state === "checking"}
          >
            Look now
          </Button>
        )}
        {status.checkedAt !== null && (
          <span className="dim">
            Looked <TimeText at={status.checkedAt} />
          </span>
        )}
      </Group>
    </div>
  );
}
