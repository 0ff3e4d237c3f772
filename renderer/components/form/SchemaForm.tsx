import { Button, Collapse, Text } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { JsonField } from "./JsonField.tsx";
import { SchemaField } from "./SchemaField.tsx";
import classes from "./SchemaForm.module.css";
import { fieldKind, type JsonSchema, resolveSchema } from "./schemaModel.ts";

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** So many optional fields are shown at once; more fold behind a button. */
const shownOptional = 3;

/**
 * A form for a workflow's input, made from its JSON Schema. Controlled: `onChange` gets the whole new value; an optional
 * field that is emptied leaves it; give it a `key` per workflow. Without a schema the input is edited as JSON.
 */
export function SchemaForm(props: {
  schema: JsonSchema | null;
  value: unknown;
  onChange: (value: unknown) => void;
  /** Messages by path, as `fieldErrors()` gives them: `input.command`, `input.headers.Accept`. */
  errors?: Readonly<Record<string, string>>;
  /** Path of the value itself in `errors`. Default `input`. */
  path?: string;
  /** What the engine fills in for fields left out; shown as placeholders. */
  defaults?: Readonly<Record<string, unknown>>;
  disabled?: boolean;
}) {
  const path = props.path ?? "input";
  const errors = props.errors ?? {};
  const [open, setOpen] = useState(false);
  // A field that is being filled in stays where it is: what folds is settled when the form opens.
  const [filledAtFirst] = useState(() => (isObject(props.value) ? Object.keys(props.value) : []));
  const schema = props.schema === null ? null : resolveSchema(props.schema, props.schema).schema;
  const kind = schema === null ? null : fieldKind(schema, schema, "");

  if (schema === null || kind === null || kind.kind !== "object") {
    const shared = { path, errors, value: props.value, onChange: props.onChange, disabled: props.disabled };
    return schema === null || kind?.kind === "json" ? (
      <JsonField label="Input" description="JSON" required={false} {...shared} />
    ) : (
      <SchemaField name="Input" schema={schema} root={schema} required inherited={undefined} {...shared} />
    );
  }
  if (kind.fields.length === 0) return <Text c="dimmed">This workflow takes no input.</Text>;

  const value = isObject(props.value) ? props.value : {};
  const withError = (key: string) =>
    Object.keys(errors).some(
      (at) => at === `${path}.${key}` || at.startsWith(`${path}.${key}.`) || at.startsWith(`${path}.${key}[`),
    );
  const optional = kind.fields.filter((field) => !field.required && !filledAtFirst.includes(field.key));
  // Without a required field the first one is what the workflow is about.
  const first = kind.fields.some((field) => field.required) || filledAtFirst.length > 0 ? 0 : 1;
  const folded = optional.length > shownOptional + first ? optional.slice(first) : [];
  const forced = folded.some((field) => withError(field.key));

  const draw = (field: (typeof kind.fields)[number]) => (
    <SchemaField
      key={field.key}
      name={field.key}
      schema={field.schema}
      root={props.schema ?? {}}
      required={field.required}
      path={`${path}.${field.key}`}
      errors={errors}
      value={value[field.key]}
      inherited={props.defaults?.[field.key]}
      onChange={(next) => {
        const { [field.key]: _old, ...rest } = value;
        // Fields keep the schema's order, whichever was filled in first.
        const all: Record<string, unknown> = next === undefined ? rest : { ...rest, [field.key]: next };
        const known = kind.fields.map(({ key }) => key).filter((key) => Object.hasOwn(all, key));
        const others = Object.keys(all).filter((key) => !known.includes(key));
        props.onChange(Object.fromEntries([...known, ...others].map((key) => [key, all[key]])));
      }}
      disabled={props.disabled}
    />
  );

  const inPlace = kind.fields.filter((field) => !folded.includes(field));
  const topError = errors[path];
  return (
    <div className={classes.fields}>
      {inPlace.map(draw)}
      {folded.length > 0 && (
        <>
          <div>
            <Button
              variant="subtle"
              size="compact-xs"
              leftSection={
                <IconChevronRight size={14} className={classes.chevron} data-open={open || forced || undefined} />
              }
              onClick={() => setOpen(!open)}
              aria-expanded={open || forced}
            >
              {folded.length} more {folded.length === 1 ? "option" : "options"}
            </Button>
          </div>
          <Collapse expanded={open || forced}>
            <div className={classes.fields}>{folded.map(draw)}</div>
          </Collapse>
        </>
      )}
      {topError !== undefined && (
        <Text c="var(--mantine-color-error)" role="alert">
          {topError}
        </Text>
      )}
    </div>
  );
}
