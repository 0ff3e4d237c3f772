import type { JsonSchema } from "./schemaModel.ts";

/** What every kind of field is given. `onChange(undefined)` leaves the field out. */
export interface FieldProps {
  name: string;
  schema: JsonSchema;
  root: JsonSchema;
  required: boolean;
  /** Its place in `errors`. */
  path: string;
  errors: Readonly<Record<string, string>>;
  value: unknown;
  onChange: (value: unknown) => void;
  /** What the engine takes where it is left out. */
  inherited: unknown;
  disabled?: boolean;
}
