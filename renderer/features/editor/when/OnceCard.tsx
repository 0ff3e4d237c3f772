import { ActionIcon, Button, Group, Tooltip } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { DateTimeField } from "../../../components/form/DateFields.tsx";
import { type EditorIssue, useEditorContext } from "../state/editorContext.ts";
import { Row } from "./parts/Row.tsx";

/** So many times are shown as fields; a longer list is edited as JSON. */
const maxShown = 60;

/** Local times that come once each. */
export function OnceCard(props: {
  value: string | readonly string[];
  issues: readonly EditorIssue[];
  /** `key` joins the steps of one gesture. */
  onChange: (value: string | readonly string[], key?: string) => void;
}) {
  const { zone } = useEditorContext();
  const list = typeof props.value === "string" ? [props.value] : props.value;
  const write = (next: readonly string[], key?: string) =>
    props.onChange(typeof props.value === "string" && next.length === 1 ? (next[0] as string) : next, key);
  const problems = new Map(props.issues.map(({ field, message }) => [field, message]));
  return (
    <Row label="at" error={problems.get("")} hint={`Local times in ${zone}. The schedule ends after the last.`}>
      <Group gap={6} align="start">
        {list.slice(0, maxShown).map((at, i) => (
          <DateTimeField
            // biome-ignore lint/suspicious/noArrayIndexKey: a time is known by its place alone while it is chosen
            key={i}
            withSeconds
            aria-label={`Time ${i + 1}`}
            value={at}
            w={230}
            error={problems.get(`[${i}]`)}
            onChange={(local) => local !== null && write(list.with(i, local), `at${i}`)}
            rightSection={
              list.length > 1 && (
                <Tooltip label="Remove">
                  <ActionIcon
                    size={20}
                    aria-label={`Remove time ${i + 1}`}
                    onClick={() => write(list.filter((_, j) => j !== i))}
                  >
                    <IconX size={12} aria-hidden="true" />
                  </ActionIcon>
                </Tooltip>
              )
            }
          />
        ))}
        <Button
          variant="subtle"
          leftSection={<IconPlus size={14} aria-hidden="true" />}
          onClick={() => write([...list, nextDay(list.at(-1))])}
        >
          Time
        </Button>
      </Group>
      {list.length > maxShown && <span>and {list.length - maxShown} more, in the JSON</span>}
    </Row>
  );
}

/** The same time a day later, to begin another from. */
function nextDay(at: string | undefined): string {
  const then = Date.parse(`${at ?? "2026-01-01T09:00"}Z`);
  if (Number.isNaN(then)) return at ?? "";
  return new Date(then + 86_400_000).toISOString().slice(0, at?.length === 19 ? 19 : 16);
}
