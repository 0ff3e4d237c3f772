import { TextInput } from "@mantine/core";
import type { FieldValue } from "../../../../../shared/schedule/types.ts";
import { type FieldName, fieldProblem, fieldText } from "../../model/fields.ts";

/** A field in its text form, with what is wrong as it is typed: for what toggles do not show. */
export function FieldTextInput(props: {
  name: FieldName;
  label: string;
  value: FieldValue | undefined;
  onChange: (text: string) => void;
  placeholder?: string;
}) {
  return (
    <TextInput
      aria-label={props.label}
      data-free-text
      classNames={{ input: "mono" }}
      value={fieldText(props.value)}
      placeholder={props.placeholder}
      onChange={(event) => props.onChange(event.currentTarget.value)}
      error={props.value === undefined ? undefined : fieldProblem(props.name, props.value)}
      maw={260}
    />
  );
}
