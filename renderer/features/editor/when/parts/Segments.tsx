import { SegmentedControl } from "@mantine/core";
import classes from "./Segments.module.css";

/** One of a few choices, side by side; where there is no room for that, in several lines. */
export function Segments<V extends string>(props: {
  label: string;
  data: { value: V; label: string }[];
  value: V;
  onChange: (value: V) => void;
}) {
  return (
    <SegmentedControl
      aria-label={props.label}
      className={classes.segments ?? ""}
      {...(props.data.length > 5 ? { "data-many": true } : {})}
      data={props.data}
      value={props.value}
      onChange={(value) => props.onChange(value as V)}
    />
  );
}
