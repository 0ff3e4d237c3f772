import { Button } from "@mantine/core";
import { IconWebhook } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { CreatedHook } from "../../../shared/api/hooks.ts";
import { trpc } from "../../api/client.ts";
import { EmptyState } from "../../components/page/EmptyState.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { curlOf, HookItem } from "./HookItem.tsx";
import classes from "./Hooks.module.css";
import { NewHook } from "./NewHook.tsx";
import { ShownOnce } from "./ShownOnce.tsx";

/** What programs outside start: the addresses, what each starts, what became of their calls. */
export function HooksPage() {
  const hooks = useQuery(trpc.hooks.list.queryOptions());
  const origins = useQuery(trpc.hooks.origins.queryOptions());
  const me = useQuery(trpc.access.me.queryOptions());
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<CreatedHook | null>(null);
  const error = hooks.error ?? origins.error;
  const mayChange = me.data?.scopes.includes("admin") === true;
  const origin = origins.data?.[0] ?? null;
  const add = mayChange && !making && (
    <Button onClick={() => setMaking(true)} variant="default">
      Add a hook
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Hooks"
        sub="Addresses that start one schedule or workflow when a program posts to them, each with a secret of its own."
        actions={hooks.data !== undefined && hooks.data.length > 0 ? add : undefined}
      />
      {error !== null ? (
        <ErrorState
          error={error}
          title="The hooks could not be read"
          onRetry={() => Promise.all([hooks.refetch(), origins.refetch()])}
        />
      ) : hooks.data === undefined || origins.data === undefined ? (
        <LoadingRows />
      ) : (
        <div className={classes.body}>
          {origin === null && (
            <p className={classes.notice}>
              Nothing listens, so no program can call them.{" "}
              <Link to="/settings" hash="listening" className="link">
                Listen on this machine
              </Link>
            </p>
          )}
          {made !== null && (
            <ShownOnce hook={made} curl={curlOf(made, origin, made.token)} onClose={() => setMade(null)} />
          )}
          {making && (
            <NewHook
              onMade={(hook) => {
                setMade(hook);
                setMaking(false);
              }}
              onCancel={() => setMaking(false)}
            />
          )}
          {hooks.data.length === 0 && !making ? (
            <EmptyState title="No hook yet" icon={<IconWebhook size={28} />} action={add}>
              A build server, a form or a script posts to its address, and the run starts at once. A call can be
              repeated without starting twice.
            </EmptyState>
          ) : (
            <ul className={classes.rows} aria-label="Hooks">
              {hooks.data.map((hook) => (
                <HookItem
                  key={hook.hookId}
                  hook={hook}
                  origin={origin}
                  mayChange={mayChange}
                  onSecret={setMade}
                  onGone={() => made?.hookId === hook.hookId && setMade(null)}
                />
              ))}
            </ul>
          )}
        </div>
      )}
    </>
  );
}
