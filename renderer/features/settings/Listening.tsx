import { Group, NumberInput, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { client, trpc } from "../../api/client.ts";
import { errorMessage, fieldErrors } from "../../api/errors.ts";
import classes from "./Settings.module.css";

const usualPort = 7390;

/** Whether the desktop program answers programs of this machine, and at which port. */
export function Listening() {
  const { data, refetch } = useQuery(trpc.listening.state.queryOptions());
  const [typed, setTyped] = useState<number | string | null>(null);
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
  const chooseTyped = () => {
    if (!isOn || typed === null || typed === data.port) return;
    // Without a number it would be switched off.
    if (typeof typed === "number") choose(typed);
    else setError(new Error("a port from 1024 to 65535 is expected"));
  };
  const refused = error === null ? data.error : (fieldErrors(error)["port"] ?? errorMessage(error));
  return (
    <>
      <Switch
        label="Listen on this machine"
        description="Programs of this machine alone can call hooks, ask for metrics and health, and use the tools for agents. The pages are not served."
        checked={isOn}
        disabled={busy}
        onChange={(event) => choose(event.currentTarget.checked ? Number(shown) || usualPort : null)}
      />
      <Group gap="sm" align="flex-start">
        <NumberInput
          label="Port"
          value={shown}
          onChange={setTyped}
          onBlur={chooseTyped}
          onKeyDown={(event) => event.key === "Enter" && chooseTyped()}
          error={refused}
          disabled={busy}
          allowDecimal={false}
          allowNegative={false}
          thousandSeparator={false}
          hideControls
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
