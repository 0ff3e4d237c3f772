import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useEffect, useState } from "react";
import { SpecError } from "../../../../shared/schedule/errors.ts";
import { parseSpec } from "../../../../shared/schedule/texts/spec.ts";
import type { ScheduleSpec } from "../../../../shared/schedule/types.ts";
import { copyText } from "../../../components/page/copy.tsx";
import { toSpec, type WhenDraft } from "../model/draft.ts";
import { useEditorContext } from "../state/editorContext.ts";

/** The spec a text holds, or what is wrong with it. */
function read(text: string): { spec: ScheduleSpec } | { problem: string } {
  try {
    return { spec: parseSpec(JSON.parse(text), { unknownZone: "keep" }) };
  } catch (error) {
    if (error instanceof SpecError) {
      return {
        problem: error.issues
          .map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message))
          .join("\n"),
      };
    }
    return { problem: error instanceof SyntaxError ? `This is not JSON: ${error.message}` : String(error) };
  }
}

/** The spec as JSON, to read, copy and edit. */
export function SpecTextDialog(props: { opened: boolean; onClose: () => void; when: WhenDraft }) {
  const { edit } = useEditorContext();
  const [text, setText] = useState("");
  const { opened, when } = props;
  useEffect(() => {
    if (opened) setText(JSON.stringify(toSpec(when), null, 2));
  }, [opened, when]);
  const result = read(text);
  const unchanged = text === JSON.stringify(toSpec(when), null, 2);
  return (
    <Modal opened={opened} onClose={props.onClose} title="When, as JSON" size="lg">
      <Stack gap="sm">
        <Textarea
          aria-label="Spec as JSON"
          classNames={{ input: "mono" }}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          autosize
          minRows={10}
          maxRows={24}
          spellCheck={false}
          error={
            !unchanged && "problem" in result ? (
              <Text span size="xs" style={{ whiteSpace: "pre-line" }}>
                {result.problem}
              </Text>
            ) : undefined
          }
        />
        <Group justify="space-between">
          <Button variant="default" onClick={() => copyText(text, "JSON copied")}>
            Copy
          </Button>
          <Group gap="sm">
            <Button variant="default" onClick={props.onClose}>
              Close
            </Button>
            <Button
              disabled={unchanged || "problem" in result}
              onClick={() => {
                if ("spec" in result) edit({ type: "spec", spec: result.spec });
                props.onClose();
              }}
            >
              Use this
            </Button>
          </Group>
        </Group>
      </Stack>
    </Modal>
  );
}
