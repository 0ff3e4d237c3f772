import { TagsInput } from "@mantine/core";
import { useState } from "react";
import {
  passEnvironmentSetting,
  passedVariables,
  usualVariables,
  variablePattern,
  variableTaken,
} from "../../../shared/domain/environment.ts";
import { useSetting } from "./useSetting.ts";

/** What commands and scripts find of the program's own environment. */
export function CommandSettings({ settings }: { settings: Record<string, unknown> }) {
  const { write, error, busy } = useSetting(passEnvironmentSetting);
  const [refused, setRefused] = useState<string | null>(null);
  const passed = passedVariables(settings[passEnvironmentSetting]);
  const change = (next: string[]): void => {
    const wrong = next.find((name) => !variablePattern.test(name));
    setRefused(wrong === undefined ? null : `${JSON.stringify(wrong)}: ${variableTaken}`);
    if (wrong === undefined) write(next);
  };
  return (
    <TagsInput
      label="Variables to pass on"
      description={`Beside the usual ones: ${usualVariables.filter((name) => !/^[a-z]/.test(name)).join(", ")}. A schedule may name more.`}
      placeholder={passed.length === 0 ? "JAVA_HOME, AWS_*" : undefined}
      value={passed}
      onChange={change}
      disabled={busy}
      error={error ?? refused}
      splitChars={[",", " "]}
      spellCheck={false}
      maw={520}
    />
  );
}
