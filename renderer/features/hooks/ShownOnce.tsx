import { Button } from "@mantine/core";
import type { CreatedHook } from "../../../shared/api/hooks.ts";
import { CopyButton } from "../../components/page/copy.tsx";
import classes from "./Hooks.module.css";

/** A hook's secret, which is shown once, and the command that calls it. */
export function ShownOnce(props: { hook: CreatedHook; curl: string; onClose: () => void }) {
  const { hook, curl, onClose } = props;
  return (
    <section className={classes.once} aria-label={`Secret of ${hook.name}`} role="status">
      <p>
        <strong>{hook.name}</strong>: its secret is not shown again.
      </p>
      <Copied text={hook.token} label="Copy secret" />
      <Copied text={curl} label="Copy command" />
      <div>
        <Button size="compact-sm" variant="subtle" onClick={onClose}>
          I have it
        </Button>
      </div>
    </section>
  );
}

function Copied({ text, label }: { text: string; label: string }) {
  return (
    <div className={classes.copied}>
      <code className="mono">{text}</code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button size="compact-sm" variant="default" onClick={copy}>
            {copied ? "Copied" : label}
          </Button>
        )}
      </CopyButton>
    </div>
  );
}
