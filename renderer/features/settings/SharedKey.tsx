import { Button, Group, PasswordInput } from "@mantine/core";
import { useState } from "react";
import type { RuntimeChoice } from "../../../shared/api/runtime.ts";
import { client, queryClient, trpc } from "../../api/client.ts";
import { appError, errorMessage, fieldErrors } from "../../api/errors.ts";
import { CopyButton } from "../../components/page/copy.tsx";
import { notifyDone } from "../../components/page/notify.tsx";
import { useTellChanged, useUnsaved } from "../../components/page/unsaved.tsx";
import classes from "./Settings.module.css";

/** As long as what openssl rand -base64 32 prints. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes));
}

/** What seals runs on their way to workers: made here, kept with the secrets, and shown once, to be copied to the workers. */
export function SharedKey({ whose }: { whose: RuntimeChoice["sharedKey"] }) {
  const [draft, setDraft] = useState("");
  const [made, setMade] = useState(false);
  const [visible, setVisible] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  const { onChanged, dialog } = useUnsaved("The shared key in the form is not kept.");
  useTellChanged(draft, "", onChanged);

  const keep = async (key: string | null) => {
    setBusy(true);
    setError(null);
    try {
      queryClient.setQueryData(trpc.runtime.choice.queryKey(), await client.runtime.setSharedKey.mutate({ key }));
      setDraft("");
      setMade(false);
      setVisible(false);
      notifyDone(
        key === null ? "The shared key is taken away: runs go readable, without secrets" : "The shared key is kept",
      );
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };

  if (whose === "given")
    return (
      <p className="dim">What goes over Redis is sealed with the shared key that this program was started with.</p>
    );
  return (
    <form
      className={classes.engine}
      onSubmit={(event) => {
        event.preventDefault();
        keep(draft);
      }}
    >
      {dialog}
      <PasswordInput
        label="Shared key"
        description={
          whose === "kept"
            ? "One is kept: what goes over Redis is sealed with it. Each worker needs the same in ALMANAC_SHARED_KEY."
            : "Seals what goes over Redis. Without one whoever reaches Redis can read it, and no run on a worker is given a secret. Each worker needs the same in ALMANAC_SHARED_KEY."
        }
        placeholder={whose === "kept" ? "kept, and not shown again" : "none"}
        value={draft}
        visible={visible}
        onVisibilityChange={setVisible}
        onChange={(event) => {
          setDraft(event.currentTarget.value);
          setMade(false);
          setError(null);
        }}
        error={fieldErrors(error)["key"]}
        autoComplete="off"
        spellCheck={false}
        maw={560}
      />
      <Group gap="sm">
        <Button
          variant="default"
          disabled={busy}
          onClick={() => {
            setDraft(newKey());
            setMade(true);
            // It is to be copied to the workers before it is kept.
            setVisible(true);
            setError(null);
          }}
        >
          Make a key
        </Button>
        {made && (
          <CopyButton value={draft}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
        )}
        <Button type="submit" loading={busy && draft !== ""} disabled={busy || draft.trim() === ""}>
          Keep key
        </Button>
        {whose === "kept" && (
          <Button variant="subtle" color="red" disabled={busy} onClick={() => keep(null)}>
            Take key away
          </Button>
        )}
      </Group>
      {error !== null && (appError(error)?.issues.length ?? 0) === 0 && (
        <p className={classes.error} role="alert">
          {errorMessage(error)}
        </p>
      )}
    </form>
  );
}
