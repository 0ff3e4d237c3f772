import { Button } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { type ComponentType, type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { loaded, UnreachableError } from "../../api/code.ts";
import { useConnection } from "../../api/connection.ts";
import { errorMessage } from "../../api/errors.ts";
import classes from "./laterPart.module.css";
import { notifyError } from "./notify.tsx";

/** Code that is asked for when it is first drawn, and kept from then on. */
class LaterCode<Props> {
  /** Begins the sentence that says that it did not come. */
  readonly what: string;
  come: ComponentType<Props> | null = null;
  readonly #load: () => Promise<ComponentType<Props>>;
  #failed = false;

  constructor(what: string, load: () => Promise<ComponentType<Props>>) {
    this.what = what;
    this.#load = load;
  }

  /** Rejects with a {@link Missing}. */
  async ask(): Promise<void> {
    try {
      this.come = await loaded(this.#load());
    } catch (error) {
      const triedInVain = this.#failed;
      this.#failed = true;
      throw new Missing(error, triedInVain && error instanceof UnreachableError && error.answered);
    }
  }
}

class Missing extends Error {
  /** It was tried before, and the connection is not at fault: it may be the code of an Almanac that was here before. */
  readonly reload: boolean;

  constructor(cause: unknown, reload: boolean) {
    const lost = cause instanceof UnreachableError && cause.answered ? "" : errorMessage(cause);
    super(reload ? "Almanac may have been updated since this page was opened." : lost, { cause });
    this.reload = reload;
  }
}

interface PartOptions<Props> {
  /** Stands there until it comes. */
  loading?: ReactNode;
  /** Around what is said in its place. */
  frame?: (said: ReactNode, props: Props) => ReactNode;
}

/**
 * A part of a page whose code comes when it is first drawn. Where it does not come, that is said in its place, with a way to
 * try again, and the rest of the page stays as it is. `what` begins the sentence: "The next 24 hours".
 */
export function laterPart<Props extends object>(
  what: string,
  load: () => Promise<ComponentType<Props>>,
  options: PartOptions<Props> = {},
): ComponentType<Props> {
  const code = new LaterCode(what, load);
  return (props) => <InPlace code={code} options={options} props={props} />;
}

interface OverlayProps {
  onClose: () => void;
}

/** The same for what stands over the page, a menu or a dialog: a notice says that it did not come, and nothing is open. */
export function laterOverlay<Props extends OverlayProps>(
  what: string,
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props & { onAgain: () => void }> {
  const code = new LaterCode(what, load);
  return ({ onAgain, ...props }) => <Over code={code} props={props as unknown as Props} onAgain={onAgain} />;
}

function InPlace<Props extends object>(all: { code: LaterCode<Props>; options: PartOptions<Props>; props: Props }) {
  const { code, options, props } = all;
  const [Part, setPart] = useState(() => code.come);
  const [missing, setMissing] = useState<Missing | null>(null);
  const ask = useCallback(async () => {
    try {
      await code.ask();
      setPart(() => code.come);
    } catch (error) {
      setMissing(error as Missing);
    }
  }, [code]);
  useEffect(() => {
    if (code.come === null) ask();
  }, [code, ask]);
  if (Part !== null) return <Part {...props} />;
  if (missing === null) return options.loading ?? null;
  const said = <MissingPart what={code.what} missing={missing} onAgain={ask} />;
  return options.frame?.(said, props) ?? said;
}

function Over<Props extends OverlayProps>(all: { code: LaterCode<Props>; props: Props; onAgain: () => void }) {
  const { code, props } = all;
  const [Part, setPart] = useState(() => code.come);
  const latest = useRef(all);
  latest.current = all;
  useEffect(() => {
    if (code.come !== null) return;
    // Nobody waits any more for what was closed.
    let isClosed = false;
    const come = () => {
      if (!isClosed) setPart(() => code.come);
    };
    const fail = (missing: Missing) => {
      if (isClosed) return;
      const { props, onAgain } = latest.current;
      props.onClose();
      const again = missing.reload ? reload : { label: "Try again", action: onAgain };
      notifyError(new Error(`${code.what} did not open. ${missing.message}`.trim()), again);
    };
    code.ask().then(come, fail);
    return () => {
      isClosed = true;
    };
  }, [code]);
  return Part === null ? null : <Part {...props} />;
}

const reload = { label: "Load the page anew", action: () => window.location.reload() };

function MissingPart({ what, missing, onAgain }: { what: string; missing: Missing; onAgain: () => Promise<void> }) {
  const connection = useConnection();
  const [wasOpen, setWasOpen] = useState(connection === "open");
  const [trying, setTrying] = useState(false);
  const tryAgain = useCallback(async () => {
    setTrying(true);
    await onAgain();
    setTrying(false);
  }, [onAgain]);
  // What was away with the engine comes back with it.
  useEffect(() => {
    if (connection === "open" && !wasOpen) tryAgain();
    setWasOpen(connection === "open");
  }, [connection, wasOpen, tryAgain]);
  return (
    <div className={classes.missing} role="alert">
      <IconPlugConnectedX size={16} stroke={1.5} aria-hidden="true" />
      <span className={classes.words}>
        {what} could not be shown. {missing.message}
      </span>
      <Button size="compact-xs" variant="default" loading={trying} onClick={missing.reload ? reload.action : tryAgain}>
        {missing.reload ? reload.label : "Try again"}
      </Button>
    </div>
  );
}
