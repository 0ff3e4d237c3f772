import { ActionIcon, Button } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { CopyButton } from "../page/copy.tsx";
import classes from "./JsonView.module.css";

/** So much is drawn at once; the rest waits for a click, so that a 1 MiB result opens like a small one. */
const shownAtFirst = 20_000;

/** A JSON value, indented and coloured, with a copy button. Strings of one line per JSON line; nothing is interpreted. */
export function JsonView(props: {
  value: unknown;
  /** Names it for screen readers and the copy button: "Input". */
  label: string;
  /** Pixels before it scrolls. Default 320. */
  maxHeight?: number;
}) {
  const text = useMemo(() => JSON.stringify(props.value, null, 2) ?? "nothing", [props.value]);
  const [whole, setWhole] = useState(false);
  const shown = whole ? text : text.slice(0, shownAtFirst);
  const parts = useMemo(() => tokens(shown), [shown]);
  return (
    <div className={classes.box}>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <ActionIcon className={classes.copy} onClick={copy} aria-label={copied ? "Copied" : `Copy ${props.label}`}>
            {copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
          </ActionIcon>
        )}
      </CopyButton>
      <section
        className={classes.scroll}
        style={{ maxHeight: props.maxHeight ?? 320 }}
        aria-label={props.label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        <pre className={classes.text}>
          {parts.map((part) =>
            part.kind === "plain" ? (
              part.text
            ) : (
              <span key={part.at} className={classes[part.kind]}>
                {part.text}
              </span>
            ),
          )}
        </pre>
        {shown.length < text.length && (
          <Button variant="default" onClick={() => setWhole(true)} m={8}>
            Show all {text.length.toLocaleString()} characters
          </Button>
        )}
      </section>
    </div>
  );
}

interface Token {
  at: number;
  kind: "key" | "string" | "literal" | "plain";
  text: string;
}

/** Splits printed JSON for colouring. */
function tokens(text: string): Token[] {
  const found: Token[] = [];
  const pattern = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi;
  let last = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > last) found.push({ at: last, kind: "plain", text: text.slice(last, match.index) });
    const kind = match[1] === undefined ? "literal" : match[2] === undefined ? "string" : "key";
    found.push({ at: match.index, kind, text: match[0] });
    last = match.index + match[0].length;
  }
  found.push({ at: last, kind: "plain", text: text.slice(last) });
  return found;
}
