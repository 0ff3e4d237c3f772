import { PasswordInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import type { FieldProps } from "./fieldProps.ts";
import { JsonField } from "./JsonField.tsx";
import { NumberField } from "./NumberField.tsx";
import { ListField, MapField } from "./SchemaCollections.tsx";
import classes from "./SchemaForm.module.css";
import {
  boundsOf,
  fieldKind,
  fieldLabel,
  type JsonSchema,
  placeholderOf,
  resolveSchema,
  startValue,
  variantOf,
} from "./schemaModel.ts";

/** One field of a schema form, drawn by what its schema allows. */
export function SchemaField(props: FieldProps): ReactNode {
  const { schema, nullable } = resolveSchema(props.schema, props.root);
  const kind = fieldKind(schema, props.root, props.name);
  const label = fieldLabel(props.name, schema);
  const description = typeof schema["description"] === "string" ? schema["description"] : undefined;
  const error = props.errors[props.path];
  const empty = props.required ? (nullable ? null : undefined) : undefined;
  const shared = { label, description, error, disabled: props.disabled, withAsterisk: props.required };
  const placeholder = placeholderOf(schema, props.inherited);

  switch (kind.kind) {
    case "text": {
      const text = typeof props.value === "string" ? props.value : "";
      const change = (next: string) => props.onChange(next === "" && (!props.required || nullable) ? empty : next);
      if (kind.secret) {
        return <PasswordInput {...shared} value={text} onChange={(event) => change(event.currentTarget.value)} />;
      }
      return kind.multiline ? (
        <Textarea
          {...shared}
          className={classes.mono}
          value={text}
          placeholder={placeholder}
          onChange={(event) => change(event.currentTarget.value)}
          autosize
          minRows={2}
          maxRows={14}
          spellCheck={false}
        />
      ) : (
        <TextInput
          {...shared}
          type={schema["format"] === "date" ? "date" : "text"}
          w={schema["format"] === "date" ? 200 : undefined}
          value={text}
          placeholder={placeholder}
          onChange={(event) => change(event.currentTarget.value)}
          spellCheck={false}
        />
      );
    }
    case "number": {
      return (
        <NumberField
          {...shared}
          value={typeof props.value === "number" ? props.value : null}
          placeholder={placeholder}
          decimals={!kind.integer}
          {...boundsOf(schema)}
          emptied="Nothing"
          onChange={(next) => props.onChange(next ?? empty)}
          w={200}
        />
      );
    }
    case "boolean": {
      const inherited =
        typeof (props.inherited ?? schema["default"]) === "boolean" ? (props.inherited ?? schema["default"]) : false;
      return (
        <Switch
          label={label}
          description={description}
          error={error}
          disabled={props.disabled}
          checked={typeof props.value === "boolean" ? props.value : inherited === true}
          onChange={(event) => props.onChange(event.currentTarget.checked)}
        />
      );
    }
    case "enum": {
      const chosen = kind.values.indexOf(props.value as (typeof kind.values)[number]);
      return (
        <Select
          {...shared}
          data={kind.values.map((value, index) => ({ value: String(index), label: String(value) }))}
          value={chosen < 0 ? null : String(chosen)}
          placeholder={placeholder ?? "Choose"}
          onChange={(index) => props.onChange(index === null ? empty : kind.values[Number(index)])}
          clearable={!props.required}
          w={240}
        />
      );
    }
    case "list":
      return <ListField {...props} label={label} description={description} items={kind.items} Item={SchemaField} />;
    case "map":
      return <MapField {...props} label={label} description={description} values={kind.values} />;
    case "object":
      return <ObjectField {...props} label={label} description={description} fields={kind.fields} />;
    case "union": {
      const at = variantOf(kind.variants, props.value ?? startValue(schema, props.root));
      const variant = kind.variants[at] ?? {};
      return (
        <fieldset className={classes.nested}>
          <legend className={classes.legend}>{label}</legend>
          {description !== undefined && <p className={classes.description}>{description}</p>}
          <div className={classes.fields}>
            <Select
              aria-label={`${label}: kind`}
              data={kind.variants.map((option, index) => ({ value: String(index), label: variantName(option, index) }))}
              value={String(at)}
              onChange={(index) => props.onChange(startValue(kind.variants[Number(index)] ?? {}, props.root))}
              allowDeselect={false}
              disabled={props.disabled}
              w={240}
            />
            <VariantField {...props} schema={variant} />
          </div>
        </fieldset>
      );
    }
    case "json":
      return <JsonField {...props} label={label} description={description} />;
  }
}

/** What a union's chosen variant holds: an object's fields stand where they are, without a frame of their own. */
function VariantField(props: FieldProps) {
  const { schema } = resolveSchema(props.schema, props.root);
  const kind = fieldKind(schema, props.root, props.name);
  return kind.kind === "object" ? (
    <ObjectFields {...props} required fields={kind.fields} />
  ) : (
    <SchemaField {...props} schema={{ ...schema, title: "Value" }} required inherited={undefined} />
  );
}

function variantName(schema: JsonSchema, index: number): string {
  if (typeof schema["title"] === "string") return schema["title"];
  const properties = (schema["properties"] ?? {}) as Record<string, JsonSchema>;
  const constant = Object.values(properties).find((property) => typeof property["const"] === "string");
  if (constant !== undefined) return String(constant["const"]);
  return typeof schema["type"] === "string" ? schema["type"] : `form ${index + 1}`;
}

type Fields = { fields: { key: string; schema: JsonSchema; required: boolean }[] };

function ObjectField(props: FieldProps & Fields & { label: string; description?: string }) {
  return (
    <fieldset className={classes.nested}>
      <legend className={classes.legend}>{props.label}</legend>
      {props.description !== undefined && <p className={classes.description}>{props.description}</p>}
      <ObjectFields {...props} />
    </fieldset>
  );
}

function ObjectFields(props: FieldProps & Fields) {
  const value = (typeof props.value === "object" && props.value !== null ? props.value : {}) as Record<string, unknown>;
  return (
    <div className={classes.fields}>
      {props.fields
        .filter((field) => !("const" in field.schema))
        .map((field) => (
          <SchemaField
            key={field.key}
            name={field.key}
            schema={field.schema}
            root={props.root}
            required={field.required}
            path={`${props.path}.${field.key}`}
            errors={props.errors}
            value={value[field.key]}
            inherited={undefined}
            disabled={props.disabled}
            onChange={(next) => {
              const { [field.key]: _old, ...rest } = value;
              const all = next === undefined ? rest : { ...rest, [field.key]: next };
              props.onChange(Object.keys(all).length === 0 && !props.required ? undefined : all);
            }}
          />
        ))}
    </div>
  );
}
