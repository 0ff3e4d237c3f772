import { instantOf, localText } from "../../format/localInstant.ts";
import { DateTimeField } from "./DateFields.tsx";

type Common = {
  label: string;
  value: string | null | undefined;
  zone: string;
  placeholder?: string;
  error?: string;
};

/** An instant (ISO 8601), chosen as a local date and time in a zone; null where it was cleared. */
export function InstantField(
  props: Common &
    (
      | { clearable: true; onChange: (value: string | null) => void }
      | { clearable?: false; onChange: (value: string) => void }
    ),
) {
  const text = localText(props.value, props.zone);
  return (
    <DateTimeField
      label={props.label}
      description={`in ${props.zone}`}
      placeholder={props.placeholder ?? "Date and time"}
      value={text === "" ? null : text}
      onChange={(local) => {
        const at = local === null ? null : instantOf(local, props.zone);
        if (at !== null) props.onChange(at);
        else if (props.clearable === true) props.onChange(null);
      }}
      clearable={props.clearable ?? false}
      error={props.error}
      w={220}
    />
  );
}
