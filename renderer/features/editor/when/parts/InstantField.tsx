import { DateTimeField } from "../../../../components/form/DateFields.tsx";
import { instantOf, localText } from "../../../../format/localInstant.ts";

/** An instant, chosen as a local date and time in the schedule's zone. */
export function InstantField(props: {
  label: string;
  value: string | null | undefined;
  zone: string;
  onChange: (value: string | null) => void;
  clearable?: boolean;
  error?: string;
}) {
  const text = localText(props.value, props.zone);
  return (
    <DateTimeField
      label={props.label}
      description={`in ${props.zone}`}
      placeholder="any time"
      value={text === "" ? null : text}
      onChange={(local) => {
        const at = local === null ? null : instantOf(local, props.zone);
        if (at !== null || props.clearable === true) props.onChange(at);
      }}
      clearable={props.clearable ?? false}
      error={props.error}
      w={220}
    />
  );
}
