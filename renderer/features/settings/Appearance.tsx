import { Group, Input, SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { useClockChoice } from "../../format/useTimeFormat.ts";
import { useWeekChoice } from "../../format/week.ts";

/** Theme, clock and week of this window. */
export function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [clock, setClock] = useClockChoice();
  const [week, setWeek] = useWeekChoice();
  return (
    <Group gap="lg">
      <Choice
        label="Theme"
        data={[
          { value: "auto", label: "System" },
          { value: "light", label: "Light" },
          { value: "dark", label: "Dark" },
        ]}
        value={colorScheme}
        onChange={setColorScheme}
      />
      <Choice
        label="Clock"
        data={[
          { value: "auto", label: "System" },
          { value: "24", label: "24 h" },
          { value: "12", label: "12 h" },
        ]}
        value={clock}
        onChange={setClock}
      />
      <Choice
        label="Week begins on"
        data={[
          { value: "auto", label: "System" },
          { value: "1", label: "Monday" },
          { value: "6", label: "Saturday" },
          { value: "7", label: "Sunday" },
        ]}
        value={week}
        onChange={setWeek}
      />
    </Group>
  );
}

function Choice<V extends string>(props: {
  label: string;
  data: { value: V; label: string }[];
  value: V;
  onChange: (value: V) => void;
}) {
  const { label, ...control } = props;
  return (
    <Input.Wrapper label={label} size="xs" labelElement="div">
      <div>
        <SegmentedControl aria-label={label} {...control} onChange={(value) => props.onChange(value as V)} />
      </div>
    </Input.Wrapper>
  );
}
