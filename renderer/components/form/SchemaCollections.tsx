import { ActionIcon, Button, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { type ComponentType, useState } from "react";
import type { FieldProps } from "./fieldProps.ts";
import { NumberField } from "./NumberField.tsx";
import classes from "./SchemaForm.module.css";
import { boundsOf, fieldKind, type JsonSchema, resolveSchema, startValue } from "./schemaModel.ts";

type Described = FieldProps & { label: string; description?: string };

/** A list of values, each a row that can be removed; `Item` draws those that are neither a text nor a number. */
export function ListField({ Item, ...props }: Described & { items: JsonSchema; Item: ComponentType<FieldProps> }) {
  const values = Array.isArray(props.value) ? (props.value as unknown[]) : [];
  const { schema } = resolveSchema(props.items, props.root);
  const kind = fieldKind(schema, props.root, "");
  const change = (next: unknown[]) => props.onChange(next.length === 0 && !props.required ? undefined : next);
  const replace = (at: number, value: unknown) => change(values.map((old, index) => (index === at ? value : old)));
  return (
    <fieldset className={classes.nested}>
      <legend className={classes.legend}>{props.label}</legend>
      {props.description !== undefined && <p className={classes.description}>{props.description}</p>}
      {values.map((value, index) => {
        const name = `${props.label} ${index + 1}`;
        const error = props.errors[`${props.path}[${index}]`] ?? props.errors[`${props.path}.${index}`];
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
          <div key={index} className={classes.row}>
            <div className={classes.grow}>
              {kind.kind === "text" ? (
                <TextInput
                  aria-label={name}
                  value={typeof value === "string" ? value : ""}
                  onChange={(event) => replace(index, event.currentTarget.value)}
                  error={error}
                  disabled={props.disabled}
                  spellCheck={false}
                />
              ) : kind.kind === "number" ? (
                <NumberField
                  aria-label={name}
                  value={typeof value === "number" ? value : null}
                  onChange={(next) => replace(index, next)}
                  decimals={!kind.integer}
                  {...boundsOf(schema)}
                  error={error}
                  disabled={props.disabled}
                  w={160}
                />
              ) : (
                <Item
                  {...props}
                  name={String(index + 1)}
                  schema={props.items}
                  required
                  inherited={undefined}
                  path={`${props.path}[${index}]`}
                  value={value}
                  onChange={(next) => replace(index, next)}
                />
              )}
            </div>
            <ActionIcon
              onClick={() => change(values.filter((_, at) => at !== index))}
              aria-label={`Remove ${name}`}
              disabled={props.disabled}
            >
              <IconX size={14} />
            </ActionIcon>
          </div>
        );
      })}
      <Button
        variant="subtle"
        size="compact-xs"
        leftSection={<IconPlus size={13} />}
        onClick={() => change([...values, startValue(props.items, props.root)])}
        disabled={props.disabled}
      >
        Add
      </Button>
      {props.errors[props.path] !== undefined && <p className={classes.error}>{props.errors[props.path]}</p>}
    </fieldset>
  );
}

/** Names and values (environment, headers). Rows keep their place while a name is being typed. */
export function MapField(props: Described & { values: JsonSchema }) {
  const { schema } = resolveSchema(props.values, props.root);
  const kind = fieldKind(schema, props.root, "");
  const isNumber = kind.kind === "number";
  const [rows, setRows] = useState<{ id: number; key: string; value: unknown }[]>(() =>
    Object.entries((props.value ?? {}) as Record<string, unknown>).map(([key, value], id) => ({ id, key, value })),
  );
  const [nextId, setNextId] = useState(rows.length);
  const change = (next: typeof rows) => {
    setRows(next);
    const named = next.filter((row) => row.key !== "");
    props.onChange(
      named.length === 0 && !props.required ? undefined : Object.fromEntries(named.map((row) => [row.key, row.value])),
    );
  };
  const patch = (id: number, part: { key?: string; value?: unknown }) =>
    change(rows.map((row) => (row.id === id ? { ...row, ...part } : row)));
  return (
    <fieldset className={classes.nested}>
      <legend className={classes.legend}>{props.label}</legend>
      {props.description !== undefined && <p className={classes.description}>{props.description}</p>}
      {rows.map((row, index) => (
        <div key={row.id} className={classes.row}>
          <TextInput
            aria-label={`${props.label} ${index + 1}: name`}
            placeholder="Name"
            value={row.key}
            onChange={(event) => patch(row.id, { key: event.currentTarget.value })}
            error={
              row.key !== "" && rows.some((other) => other.id < row.id && other.key === row.key)
                ? "Named twice"
                : undefined
            }
            disabled={props.disabled}
            spellCheck={false}
            w="40%"
          />
          <div className={classes.grow}>
            {isNumber ? (
              <NumberField
                aria-label={`${props.label} ${index + 1}: value`}
                value={typeof row.value === "number" ? row.value : null}
                onChange={(next) => patch(row.id, { value: next })}
                decimals={!kind.integer}
                {...boundsOf(schema)}
                error={props.errors[`${props.path}.${row.key}`]}
                disabled={props.disabled}
              />
            ) : (
              <TextInput
                aria-label={`${props.label} ${index + 1}: value`}
                placeholder="Value"
                value={typeof row.value === "string" ? row.value : JSON.stringify(row.value ?? "")}
                onChange={(event) => patch(row.id, { value: event.currentTarget.value })}
                error={props.errors[`${props.path}.${row.key}`]}
                disabled={props.disabled}
                spellCheck={false}
              />
            )}
          </div>
          <ActionIcon
            onClick={() => change(rows.filter((other) => other.id !== row.id))}
            aria-label={`Remove ${row.key || `row ${index + 1}`}`}
            disabled={props.disabled}
          >
            <IconX size={14} />
          </ActionIcon>
        </div>
      ))}
      <Button
        variant="subtle"
        size="compact-xs"
        leftSection={<IconPlus size={13} />}
        onClick={() => {
          setNextId(nextId + 1);
          setRows([...rows, { id: nextId, key: "", value: isNumber ? 0 : "" }]);
        }}
        disabled={props.disabled}
      >
        Add
      </Button>
      {props.errors[props.path] !== undefined && <p className={classes.error}>{props.errors[props.path]}</p>}
    </fieldset>
  );
}
