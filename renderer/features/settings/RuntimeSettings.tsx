import { Button, Group, PasswordInput, Radio } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { RuntimeChoice, RuntimeKind } from "../../../shared/api/runtime.ts";
import type { SystemStatus } from "../../../shared/api/system.ts";
import type { RedisReport } from "../../../shared/api/workers.ts";
import { client, queryClient, trpc } from "../../api/client.ts";
import { appError, errorMessage, fieldErrors } from "../../api/errors.ts";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { notifyUndo } from "../../components/page/notify.tsx";
import { useTellChanged, useUnsaved } from "../../components/page/unsaved.tsx";
import { RedisReportView } from "./RedisReportView.tsx";
import classes from "./Settings.module.css";
import { SharedKey } from "./SharedKey.tsx";

/** Where runs execute: here, or on workers over Redis. The address is kept and never shown again. */
export function RuntimeSettings({ status }: { status: SystemStatus }) {
  const query = useQuery(trpc.runtime.choice.queryOptions());
  if (query.error !== null && query.data === undefined)
    return <ErrorState error={query.error} title="What runs execute on could not be read" onRetry={query.refetch} />;
  if (query.data === undefined) return <LoadingRows />;
  return <Choice choice={query.data} status={status} />;
}

function Choice({ choice, status }: { choice: RuntimeChoice; status: SystemStatus }) {
  const [draft, setDraft] = useState<RuntimeKind | null>(null);
  const [redis, setRedis] = useState("");
  const [report, setReport] = useState<RedisReport | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState<"test" | "use" | null>(null);
  const shown = draft ?? choice.runtime;
  // A link from elsewhere is about this.
  const meant = useLocation({ select: ({ hash }) => hash === "runtime" });
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!meant) return;
    body.current?.closest("section")?.scrollIntoView();
    body.current?.querySelector<HTMLInputElement>("input:checked")?.focus({ preventScroll: true });
  }, [meant]);
  const { onChanged, dialog } = useUnsaved("The address of Redis in the form is not in use.");
  useTellChanged(redis.trim(), "", onChanged);
  const given = redis.trim() === "" ? {} : { redis: redis.trim() };
  const isFixed = choice.startedWith !== null;

  const attempt = async (what: "test" | "use", work: () => Promise<void>) => {
    setBusy(what);
    setError(null);
    setReport(null);
    try {
      await work();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(null);
    }
  };
  const choose = async (runtime: RuntimeKind) => {
    const next = await client.runtime.choose.mutate({ runtime, ...(runtime === "bullmq" ? given : {}) });
    queryClient.setQueryData(trpc.runtime.choice.queryKey(), next);
    setDraft(null);
    setRedis("");
  };
  const pick = (runtime: RuntimeKind) => {
    setError(null);
    setReport(null);
    // What nobody sees any more is not asked about.
    if (runtime === "local") setRedis("");
    if (runtime === "bullmq" || choice.runtime === "local") return setDraft(runtime);
    return attempt("use", async () => {
      await choose("local");
      notifyUndo("New runs execute on this machine", () => choose("bullmq"), "runtime");
    });
  };
  const message = status.runtime?.message ?? choice.problem;
  return (
    <div className={classes.engine} ref={body}>
      {dialog}
      <Radio.Group value={shown} onChange={(value) => pick(value as RuntimeKind)} aria-label="Runs execute">
        <div className={classes.choices}>
          <Radio
            value="local"
            label="On this machine"
            description="Commands and workflow code run here, as many as it bears."
            disabled={isFixed}
          />
          <Radio
            value="bullmq"
            label="On many machines, over Redis"
            description="Workers anywhere take them (almanac worker run). No schedule changes; this machine decides when."
            disabled={isFixed}
          />
        </div>
      </Radio.Group>
      {isFixed && (
        <p className="dim">Started with --runtime {choice.startedWith}, which holds until that program ends.</p>
      )}
      {shown === "bullmq" && (
        <form
          className={classes.engine}
          onSubmit={(event) => {
            event.preventDefault();
            attempt("use", () => choose("bullmq"));
          }}
        >
          {choice.runtime === "bullmq" && (
            <p className={classes.state} role="status">
              {message === null ? (
                <>
                  Runs go to workers over <code className="mono">{choice.redis}</code>.{" "}
                  <Link to="/workers" className="link">
                    Workers
                  </Link>
                </>
              ) : (
                message
              )}
            </p>
          )}
          {!isFixed && (
            <>
              <PasswordInput
                label="Address of Redis"
                description="redis://[user:password@]host[:port][/db], rediss:// for TLS, redis-sentinel://host,host/name or redis-cluster://host,host; ?ca=FILE for an authority of your own. Kept with the secrets."
                placeholder={choice.redis === null ? "redis://127.0.0.1:6379" : `kept: ${choice.redis}`}
                value={redis}
                onChange={(event) => {
                  setRedis(event.currentTarget.value);
                  setReport(null);
                  setError(null);
                }}
                error={fieldErrors(error)["redis"]}
                autoComplete="off"
                spellCheck={false}
                maw={560}
              />
              <Group gap="sm">
                <Button
                  variant="default"
                  loading={busy === "test"}
                  disabled={busy !== null || (redis.trim() === "" && choice.redis === null)}
                  onClick={() => attempt("test", async () => setReport(await client.runtime.test.mutate(given)))}
                >
                  Test connection
                </Button>
                <Button
                  type="submit"
                  loading={busy === "use"}
                  disabled={
                    busy !== null || (redis.trim() === "" && (choice.redis === null || choice.runtime === "bullmq"))
                  }
                >
                  {choice.runtime === "bullmq" ? "Use this Redis" : "Run on workers"}
                </Button>
                {choice.runtime === "local" && (
                  <Button variant="subtle" onClick={() => pick("local")}>
                    Cancel
                  </Button>
                )}
              </Group>
            </>
          )}
        </form>
      )}
      {report !== null && <RedisReportView report={report} />}
      {shown === "bullmq" && choice.runtime === "bullmq" && <SharedKey whose={choice.sharedKey} />}
      {error !== null && (appError(error)?.issues.length ?? 0) === 0 && (
        <p className={classes.error} role="alert">
          {errorMessage(error)}
        </p>
      )}
    </div>
  );
}
