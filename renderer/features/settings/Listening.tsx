import { Group, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { client, trpc } from "../../api/client.ts";
import { errorMessage, fieldErrors } from "../../api/errors.ts";
import { NumberField } from "../../components/form/NumberField.tsx";
import classes from "./Settings.module.css";

const usualPort = 7390;

/** Whether the desktop program answers programs of this machine, and at which port. */
export function Listening() {
  const { data, refetch } = useQuery(trpc.listening.state.queryOptions());
  const [typed, setTyped] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  if (data == null) return null;
  const isOn = data.port !== null;
  const shown = typed ?? data.port ?? usualPort;
  const choose = async (port: number | null) => {
    setBusy(true);
    setError(null);
    try {
      await client.listening.choose.mutate({ port });
      setTyped(null);
    } catch (caught) {
      setError(caught);
    } finally {
      await refetch();
      setBusy(false);
    }
  };
  const type = (port: number | null) => {
    setTyped(port);
    if (isOn && port !== null && port !== data.port) choose(port);
  };
  const refused = error === null ? data.error : (fieldErrors(error)["port"] ?? errorMessage(error));
  return (
    <>
      <Switch
        label="Listen on this machine"
        description="Programs of this machine alone can call hooks, ask for metrics and health, and use the tools for agents. The pages are not served."
        checked={isOn}
        disabled={busy}
        onChange={(event) => choose(event.currentTarget.checked ? shown : null)}
      />
      <Group gap="sm" align="flex-start">
        <NumberField
          label="Port"
          value={shown}
          min={1024}
          max={65_535}
          plain
          told="left"
          onChange={type}
          error={refused}
          disabled={busy}
          w={340}
        />
      </Group>
      <p role="status" className={classes.text}>
        {data.origin !== null && (
          <>
            It listens at <code className="mono">{data.origin}</code>.{" "}
            <Link to="/hooks" className="link">
              Hooks
            </Link>
          </>
        )}
      </p>
    </>
  );
}
