import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { client, trpc } from "../../../api/client.ts";
import { notifyError } from "../../../components/page/notify.tsx";
import { TimeText } from "../../../components/values/TimeText.tsx";
import { clockTime } from "../../../format/time.ts";
import { useTimeFormat } from "../../../format/useTimeFormat.ts";
import { activityText } from "../../schedule/activityText.ts";
import classes from "./Access.module.css";
import { agentWords } from "./agentWords.ts";
import { Sessions } from "./Sessions.tsx";
import { Tokens } from "./Tokens.tsx";

/** Who may use these pages and the API. Without `admin` one sees only what one's own session may do. */
export function Access({ desktop }: { desktop: boolean }) {
  const me = useQuery(trpc.access.me.queryOptions());
  if (me.data === undefined) return null;
  if (!me.data.scopes.includes("admin")) {
    return (
      <>
        <span>
          This browser is signed in with the token {me.data.tokenName}, which may: {me.data.scopes.join(", ")}.
        </span>
        <div>
          <Button
            variant="default"
            onClick={() => {
              client.access.signOutHere.mutate().catch(notifyError);
            }}
          >
            Sign out
          </Button>
        </div>
      </>
    );
  }
  return (
    <>
      <Sessions served={!desktop} />
      <Tokens />
      <SignIns />
      <AgentCalls />
    </>
  );
}

/** What agents have asked, with the token and the name that each gave. */
function AgentCalls() {
  const format = useTimeFormat();
  const { data } = useQuery(trpc.access.agentCalls.queryOptions());
  if (data === undefined || data.length === 0) return null;
  const refused = data.filter(({ details }) => details["refused"] !== undefined).length;
  return (
    <details className={classes.log}>
      <summary>
        Last calls of agents: {data.length}, {refused} refused
      </summary>
      <ul>
        {data.map((call) => (
          <li key={call.activityId}>
            <TimeText at={call.at} />
            <span>
              <span className={call.details["refused"] === undefined ? undefined : classes.refused}>
                {activityText(call, (iso) => clockTime(Date.parse(iso), format, "always"))}
              </span>
              {call.scheduleId !== null && (
                <>
                  {" of "}
                  <Link to="/schedules/$id" params={{ id: call.scheduleId }} className="link">
                    {call.scheduleId}
                  </Link>
                </>
              )}{" "}
              <span className="dim">by {call.actor}</span>
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function SignIns() {
  const { data } = useQuery(trpc.access.signIns.queryOptions());
  if (data === undefined || data.length === 0) return null;
  const refused = data.filter(({ outcome }) => outcome === "refused").length;
  return (
    <details className={classes.log}>
      <summary>
        Last sign-ins: {data.length}, {refused} refused
      </summary>
      <ul>
        {data.map((signIn) => (
          <li key={`${signIn.at} ${signIn.outcome} ${signIn.from}`}>
            <TimeText at={signIn.at} />
            <span>
              <span className={signIn.outcome === "refused" ? classes.refused : undefined}>
                {signIn.outcome === "refused" ? "Refused" : "Signed in"}
              </span>{" "}
              from {signIn.from}
              {signIn.tokenName !== null && ` with the token ${signIn.tokenName}`}{" "}
              <span className="dim">by {agentWords(signIn.agent)}</span>
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
