import { Button, Checkbox, Group, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type CreatedToken, type Scope, scopes, scopeWords } from "../../../../shared/api/access.ts";
import { client, trpc } from "../../../api/client.ts";
import { appError, errorMessage, fieldErrors } from "../../../api/errors.ts";
import { ConfirmDialog } from "../../../components/page/ConfirmDialog.tsx";
import { useTellChanged, useUnsaved } from "../../../components/page/unsaved.tsx";
import { TimeText } from "../../../components/values/TimeText.tsx";
import classes from "./Access.module.css";
import { SecretText } from "./SecretText.tsx";

const dayMs = 86_400_000;
const lives = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "A year" },
  { value: "", label: "No end" },
];

/** Named tokens: what each may do, when it was used, and a way to end it. */
export function Tokens() {
  const { data } = useQuery(trpc.access.tokens.queryOptions());
  const [made, setMade] = useState<CreatedToken | null>(null);
  const [revoking, setRevoking] = useState<string | null>(null);
  return (
    <div className={classes.part}>
      <h3 className={classes.heading}>Tokens</h3>
      {data !== undefined && data.length > 0 && (
        <ul className={classes.rows} aria-label="Tokens">
          {data.map((token) => (
            <li key={token.name}>
              <div className={classes.what}>
                <p>
                  {token.name} <span className="dim">· {token.scopes.join(", ")}</span>
                </p>
                <p className="dim">
                  made <TimeText at={token.createdAt} />,{" "}
                  {token.lastUsedAt === null ? (
                    "never used"
                  ) : (
                    <>
                      last used <TimeText at={token.lastUsedAt} /> from {token.lastUsedFrom}
                    </>
                  )}
                  {token.expiresAt !== null && (
                    <>
                      , {Date.parse(token.expiresAt) <= Date.now() ? "ended" : "ends"} <TimeText at={token.expiresAt} />
                    </>
                  )}
                </p>
              </div>
              <Button
                size="compact-sm"
                variant="default"
                aria-label={`Revoke ${token.name}`}
                onClick={() => setRevoking(token.name)}
              >
                Revoke
              </Button>
            </li>
          ))}
        </ul>
      )}
      {made !== null && (
        <SecretText label={`Token ${made.name}`} text={made.token}>
          This is the token {made.name}. It is not shown again.
        </SecretText>
      )}
      <NewToken onMade={setMade} />
      <ConfirmDialog
        opened={revoking !== null}
        onClose={() => setRevoking(null)}
        title={`Revoke the token ${revoking}?`}
        confirmLabel="Revoke token"
        destructive
        onConfirm={async () => {
          await client.access.revokeToken.mutate({ name: revoking ?? "" });
          if (made?.name === revoking) setMade(null);
        }}
      >
        Programs that use it are refused, and browsers that it signed in are signed out, at once.
      </ConfirmDialog>
    </div>
  );
}

function NewToken({ onMade }: { onMade: (token: CreatedToken) => void }) {
  const [name, setName] = useState("");
  const [allowed, setAllowed] = useState<Scope[]>(["read"]);
  const [days, setDays] = useState<string>("90");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const { onChanged, dialog } = useUnsaved("The token in the form is not made.");
  useTellChanged(name, "", onChanged);
  const errors = fieldErrors(error);
  const create = async () => {
    setBusy(true);
    setError(null);
    try {
      const expiresAt = days === "" ? {} : { expiresAt: new Date(Date.now() + Number(days) * dayMs).toISOString() };
      onMade(await client.access.createToken.mutate({ name, scopes: allowed, ...expiresAt }));
      setName("");
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create();
        }}
      >
        <Group gap="sm" align="flex-start">
          <TextInput
            label="Name"
            placeholder="dashboard"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={errors["name"]}
            spellCheck={false}
            w={180}
          />
          <Select
            label="Ends after"
            data={lives}
            value={days}
            onChange={(value) => setDays(value ?? "")}
            allowDeselect={false}
            w={120}
          />
        </Group>
        <Checkbox.Group
          label="It may"
          value={allowed}
          onChange={(value) => setAllowed(scopes.filter((scope) => value.includes(scope)))}
          error={errors["scopes"]}
          my="sm"
        >
          {scopes.map((scope) => (
            <Checkbox key={scope} value={scope} label={`${scope}: ${scopeWords[scope]}`} mt={8} />
          ))}
        </Checkbox.Group>
        <Button type="submit" variant="default" disabled={name === "" || allowed.length === 0} loading={busy}>
          Create token
        </Button>
        {error !== null && (appError(error)?.issues.length ?? 0) === 0 && (
          <p className={classes.error} role="alert">
            {errorMessage(error)}
          </p>
        )}
      </form>
      {dialog}
    </>
  );
}
