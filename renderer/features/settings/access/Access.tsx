import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { client, trpc } from "../../../api/client.ts";
import { notifyError } from "../../../components/page/notify.tsx";
import { TimeText } from "../../../components/values/TimeText.tsx";
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
    </>
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
            <TimeText at={signIn.at} /> {signIn.outcome === "refused" ? "refused" : "signed in"} from {signIn.from}
            {signIn.tokenName !== null && ` with the token ${signIn.tokenName}`} · {agentWords(signIn.agent)}
          </li>
        ))}
      </ul>
    </details>
  );
}
