import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { CreatedHook, HookInfo, HookTest } from "../../../shared/api/hooks.ts";
import { client } from "../../api/client.ts";
import { errorMessage } from "../../api/errors.ts";
import { ConfirmDialog } from "../../components/page/ConfirmDialog.tsx";
import { copyText } from "../../components/page/copy.tsx";
import { inert } from "../../components/values/logLines.ts";
import { TimeText } from "../../components/values/TimeText.tsx";
import { count, plural } from "../../format/numbers.ts";
import { useScheduleNames } from "../schedules/useScheduleNames.ts";
import classes from "./Hooks.module.css";
import { TestDialog } from "./TestDialog.tsx";

/** A command that calls a hook; without its secret, with the name of a variable that holds it. */
export function curlOf(hook: HookInfo, origin: string | null, secret: string | null): string {
  const body = hook.takesInput ? ` -H 'Content-Type: application/json' -d '{}'` : "";
  return `curl -X POST -H "Authorization: Bearer ${secret ?? "$SECRET"}"${body} ${origin ?? "http://127.0.0.1:PORT"}${hook.path}`;
}

/** Whether there is anything to count. */
const wasCalled = ({ lastUsedAt, started, refused, limited, wrongSecrets }: HookInfo): boolean =>
  lastUsedAt !== null || started + refused + limited + wrongSecrets > 0;

/** One hook: what it starts, where, what became of its calls, and what can be done about it. */
export function HookItem(props: {
  hook: HookInfo;
  origin: string | null;
  mayChange: boolean;
  onSecret: (hook: CreatedHook) => void;
  onGone: () => void;
}) {
  const { hook, origin, mayChange } = props;
  const { nameOf } = useScheduleNames();
  const [asking, setAsking] = useState<"test" | "rotate" | "revoke" | null>(null);
  const [tested, setTested] = useState<HookTest | { failed: string } | null>(null);
  const close = () => setAsking(null);
  const copy = () => copyText(curlOf(hook, origin, null), "Command copied, without the secret");
  const what = hook.scheduleId === null ? (hook.workflowName ?? "") : (nameOf(hook.scheduleId) ?? hook.scheduleId);
  return (
    <li>
      <div className={classes.row}>
        <div className={classes.what}>
          <p className={classes.title}>
            <strong>{hook.name}</strong> <span className="dim">starts</span>{" "}
            {hook.scheduleId === null ? (
              what
            ) : (
              <Link to="/schedules/$id" params={{ id: hook.scheduleId }} className="link">
                {what}
              </Link>
            )}
            {hook.takesInput && <span className="dim"> with what is posted as its input</span>}
          </p>
          <p>
            <code className="mono">
              {origin ?? ""}
              {hook.path}
            </code>
          </p>
          {wasCalled(hook) && (
            <p className="dim">
              {count(hook.started)} started, {count(hook.refused)} refused, {count(hook.limited)} too often
              {hook.wrongSecrets > 0 && (
                <>
                  , {plural(hook.wrongSecrets, "call")} without its secret
                  {hook.wrongSecretAt !== null && (
                    <>
                      {" "}
                      (last <TimeText at={hook.wrongSecretAt} />)
                    </>
                  )}
                </>
              )}
            </p>
          )}
          <LastCall hook={hook} />
        </div>
        {mayChange && (
          <div className={classes.actions}>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => setAsking("test")}
              aria-label={`Test ${hook.name}`}
            >
              Test…
            </Button>
            <Button size="compact-sm" variant="default" onClick={copy} aria-label={`Copy curl for ${hook.name}`}>
              Copy curl
            </Button>
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={() => setAsking("rotate")}
              aria-label={`New secret for ${hook.name}`}
            >
              New secret…
            </Button>
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              onClick={() => setAsking("revoke")}
              aria-label={`Revoke ${hook.name}`}
            >
              Revoke…
            </Button>
          </div>
        )}
      </div>
      <p role="status" className={classes.tested}>
        {tested !== null && <Tested tested={tested} />}
      </p>
      {asking === "test" && (
        <TestDialog
          hook={hook}
          what={what}
          onClose={close}
          onTest={async (input) => {
            close();
            setTested(null);
            try {
              setTested(await client.hooks.test.mutate({ name: hook.name, ...(input === undefined ? {} : { input }) }));
            } catch (error) {
              setTested({ failed: errorMessage(error) });
            }
          }}
        />
      )}
      <ConfirmDialog
        opened={asking === "rotate"}
        onClose={close}
        title={`Give ${hook.name} a new secret?`}
        confirmLabel="Make a new secret"
        onConfirm={async () => props.onSecret(await client.hooks.rotate.mutate({ name: hook.name }))}
      >
        Its address stays. Programs that call it with the old secret are refused from now on.
      </ConfirmDialog>
      <ConfirmDialog
        opened={asking === "revoke"}
        onClose={close}
        title={`Revoke the hook ${hook.name}?`}
        confirmLabel="Revoke hook"
        destructive
        onConfirm={async () => {
          await client.hooks.delete.mutate({ name: hook.name });
          props.onGone();
        }}
      >
        Its address answers nobody any more. What it starts stays, and so do its runs.
      </ConfirmDialog>
    </li>
  );
}

function LastCall({ hook }: { hook: HookInfo }) {
  if (hook.lastUsedAt === null) return <p className="dim">Never called with its secret</p>;
  const failed = hook.lastStatus !== null && hook.lastStatus >= 400;
  return (
    <p className={failed ? classes.failed : "dim"}>
      Last call <TimeText at={hook.lastUsedAt} />
      {hook.lastStatus !== null && `: ${hook.lastStatus}`}
      {hook.lastSaid !== null && ` ${inert(hook.lastSaid)}`}
      {hook.lastRunId !== null && (
        <>
          {", "}
          <Link to="/runs/$id" params={{ id: hook.lastRunId }} className="link">
            its run
          </Link>
        </>
      )}
    </p>
  );
}

function Tested({ tested }: { tested: HookTest | { failed: string } }) {
  if ("failed" in tested) return <span className={classes.failed}>Not called: {inert(tested.failed)}</span>;
  const { status, runId, said, tookMs } = tested;
  return (
    <span className={runId === null ? classes.failed : undefined}>
      Answered {status} in {tookMs} ms
      {runId === null ? (
        `: ${inert(said)}`
      ) : (
        <>
          :{" "}
          <Link to="/runs/$id" params={{ id: runId }} className="link">
            a run has started
          </Link>
        </>
      )}
    </span>
  );
}
