import { Group, Input, SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { type ClockChoice, useClockChoice } from "../../format/useTimeFormat.ts";
import { useWeekChoice, type WeekChoice } from "../../format/week.ts";

/** Theme, clock and week of this window. */
export function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [clock, setClock] = useClockChoice();
  const [week, setWeek] = useWeekChoice();
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
      <Input.Wrapper label="Week begins on" size="xs" labelElement="div">
        <div>
          <SegmentedControl
            aria-label="Week begins on"
            data={[
              { value: "auto", label: "System" },
              { value: "1", label: "Monday" },
              { value: "6", label: "Saturday" },
              { value: "7", label: "Sunday" },
            ]}
            value={week}
            onChange={(value) => setWeek(value as WeekChoice)}
          />
        </div>
      </Input.Wrapper>
    </Group>
  );
}
