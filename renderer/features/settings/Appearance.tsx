import { Group, Input, SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { type ClockChoice, useClockChoice } from "../../format/useTimeFormat.ts";

/** Theme and clock of this window. */
export function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [clock, setClock] = useClockChoice();
  return (
    <Group gap="lg">
      <Input.Wrapper label="Theme" size="xs" labelElement="div">
        <div>
          <SegmentedControl
            aria-label="Theme"
            data={[
              { value: "auto", label: "System" },
              { value: "light", label: "Light" },
              { value: "dark", label: "Dark" },
            ]}
            value={colorScheme}
            onChange={(value) => setColorScheme(value as typeof colorScheme)}
          />
        </div>
      </Input.Wrapper>
      <Input.Wrapper label="Clock" size="xs" labelElement="div">
        <div>
          <SegmentedControl
            aria-label="Clock"
            data={[
              { value: "auto", label: "System" },
              { value: "24", label: "24 h" },
              { value: "12", label: "12 h" },
            ]}
            value={clock}
            onChange={(value) => setClock(value as ClockChoice)}
          />
        </div>
      </Input.Wrapper>
    </Group>
  );
}
