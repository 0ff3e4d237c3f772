import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { SessionInfo } from "../../../../shared/api/access.ts";
import { client, trpc } from "../../../api/client.ts";
import { notifyError } from "../../../components/page/notify.tsx";
import { TimeText } from "../../../components/values/TimeText.tsx";
import classes from "./Access.module.css";
import { agentWords } from "./agentWords.ts";
import { SecretText } from "./SecretText.tsx";

/** Browsers that are signed in, each with a way to sign it out. */
export function Sessions({ served }: { served: boolean }) {
  const { data } = useQuery(trpc.access.sessions.queryOptions());
  const [address, setAddress] = useState<string | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const attempt = async (name: string, work: () => Promise<void>) => {
    setBusy(name);
    try {
      await work();
    } catch (caught) {
      notifyError(caught);
    } finally {
      setBusy(null);
    }
  };
  return (
    <div className={classes.part}>
      <h3 className={classes.heading}>Signed-in browsers</h3>
      {data?.length === 0 && <span className="dim">No browser is signed in.</span>}
      {data !== undefined && data.length > 0 && (
        <ul className={classes.rows} aria-label="Signed-in browsers">
          {data.map((session) => (
            <li key={session.sessionId}>
              <SessionText session={session} />
              <Button
                size="compact-sm"
                variant="default"
                loading={busy === session.sessionId}
                aria-label={`Sign out ${agentWords(session.agent)}${session.current ? ", this browser" : ""}`}
                onClick={() =>
                  attempt(session.sessionId, async () => {
                    await client.access.signOut.mutate({ sessionId: session.sessionId });
                  })
                }
              >
                Sign out
              </Button>
            </li>
          ))}
        </ul>
      )}
      {served && (
        <div>
          <Button
            variant="default"
            loading={busy === "address"}
            onClick={() =>
              attempt("address", async () => setAddress((await client.access.signInAddress.mutate()).address))
            }
          >
            Address for another browser
          </Button>
        </div>
      )}
      {address !== null && (
        <SecretText label="Address for another browser" text={address}>
          It signs one browser in, once, within ten minutes.
        </SecretText>
      )}
    </div>
  );
}

function SessionText({ session }: { session: SessionInfo }) {
  return (
    <div className={classes.what}>
      <p>
        {agentWords(session.agent)}
        {session.current && <strong> · this browser</strong>}
      </p>
      <p className="dim">
        from {session.from} {session.tokenName === null ? "by address" : `with the token ${session.tokenName}`}, signed
        in <TimeText at={session.signedInAt} />, last seen <TimeText at={session.lastSeenAt} />, ends{" "}
        {session.endsWithServer && "when Almanac ends, or "}
        <TimeText at={session.endsAt} />
      </p>
    </div>
  );
}
