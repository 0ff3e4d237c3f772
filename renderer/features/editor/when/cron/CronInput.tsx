import { TextInput, type TextInputProps } from "@mantine/core";
import { useLayoutEffect, useRef } from "react";
import { piecesOf } from "../../model/cronText.ts";
import classes from "./CronInput.module.css";

/**
 * A text field that shows the fields of a cron expression in their colours. The text itself is there for the caret, the
 * selection and screen readers, and unseen; what is seen lies over it and scrolls with it.
 */
export function CronInput(props: TextInputProps & { value: string }) {
  const input = useRef<HTMLInputElement>(null);
  const drawn = useRef<HTMLSpanElement>(null);
  const follow = () => {
    if (input.current && drawn.current) drawn.current.style.translate = `${-input.current.scrollLeft}px 0`;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text may be scrolled to another place
  useLayoutEffect(follow, [props.value]);
  // Pieces of a text have no name but their place.
  let at = 0;
  return (
    <TextInput
      {...props}
      ref={input}
      classNames={{ input: classes.input }}
      onScroll={follow}
      inputContainer={(field) => (
        <div className={classes.field}>
          {field}
          <div className={classes.over} aria-hidden="true">
            <span ref={drawn} className={classes.drawn}>
              {piecesOf(props.value).map((piece) => {
                const key = at;
                at += piece.text.length;
                return (
                  <span key={key} data-field={piece.of} data-wrong={piece.wrong || undefined}>
                    {piece.text}
                  </span>
                );
              })}
            </span>
          </div>
        </div>
      )}
    />
  );
}
