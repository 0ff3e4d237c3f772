import { Button, Menu } from "@mantine/core";
import { IconChevronDown, IconCopy } from "@tabler/icons-react";
import { memo } from "react";
import { copyText } from "../../../components/page/copy.tsx";
import { toSpec } from "../model/draft.ts";
import { commandLine, typeScript } from "../model/exportText.ts";
import { createInput, type EditorDraft } from "../model/form.ts";

/** The schedule as text to copy; `draft` gives it as it stands then. */
export const CopyMenu = memo(function CopyMenu(props: { draft: () => EditorDraft; scheduleId: string }) {
  const { scheduleId } = props;
  const copy = (what: string, text: string) => copyText(text, `${what} copied`);
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconCopy size={14} aria-hidden="true" />}
          rightSection={<IconChevronDown size={12} aria-hidden="true" />}
        >
          Copy as
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => copy("Command line", commandLine(createInput(props.draft(), false), scheduleId))}>
          Command line
        </Menu.Item>
        <Menu.Item onClick={() => copy("TypeScript", typeScript(createInput(props.draft(), false)))}>
          TypeScript
        </Menu.Item>
        <Menu.Item onClick={() => copy("Spec", JSON.stringify(toSpec(props.draft().when), null, 2))}>
          JSON of when
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
});
