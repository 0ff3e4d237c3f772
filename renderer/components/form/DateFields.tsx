import {
  DatePickerInput,
  type DatePickerInputProps,
  DateTimePicker,
  type DateTimePickerProps,
  TimePicker,
  type TimePickerProps,
} from "@mantine/dates";
import { type ReactNode, useMemo } from "react";
import { clockTime, type TimeFormat } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./DateFields.module.css";

/** A local date or date and time as the pickers hold them, as an instant of UTC that prints the same. */
const asUtc = (text: string): number => Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19) || "00:00:00"}Z`);

const dayWords = (locale: string | undefined, options: Intl.DateTimeFormatOptions) => {
  const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
  return (date: string) => format.format(asUtc(date));
};

const isTwelveHours = (format: TimeFormat): boolean =>
  format.hour12 ?? new Intl.DateTimeFormat(format.locale, { hour: "numeric" }).resolvedOptions().hour12 === true;

/** Names of the arrows, for those who hear them. */
const pagerLabels = {
  previousMonth: "Previous month",
  nextMonth: "Next month",
  previousYear: "Previous year",
  nextYear: "Next year",
  previousDecade: "Previous ten years",
  nextDecade: "Next ten years",
};

/** How the pickers write dates: as every other date of the page, in the reader's language and on their clock. */
export function usePickerFormat() {
  const format = useTimeFormat();
  return useMemo(() => {
    const { locale } = format;
    const date = dayWords(locale, { day: "numeric", month: "short", year: "numeric" });
    return {
      date,
      dateTime: (text: string) => `${date(text)}, ${clockTime(asUtc(text), { ...format, zone: "UTC" })}`,
      twelveHours: isTwelveHours(format),
      calendar: {
        monthLabelFormat: dayWords(locale, { month: "long", year: "numeric" }),
        monthsListFormat: dayWords(locale, { month: "short" }),
        weekdayFormat: dayWords(locale, { weekday: "short" }),
        getDayAriaLabel: dayWords(locale, { day: "numeric", month: "long", year: "numeric" }),
        ariaLabels: pagerLabels,
        classNames: classes,
      },
    };
  }, [format]);
}

/** A picker's button is called by its label alone, which leaves out what is chosen: both are said. */
function nameWith(label: ReactNode, shown: string | undefined): { "aria-label"?: string } {
  return typeof label === "string" && shown !== undefined ? { "aria-label": `${label}: ${shown}` } : {};
}

/** What opens is a table of days with its own name: as a dialog it would have none. */
const unnamed = { withRoles: false };

/** Names of a time's parts, for those who hear them. */
const timeLabels = {
  hoursInputLabel: "Hours",
  minutesInputLabel: "Minutes",
  secondsInputLabel: "Seconds",
  amPmInputLabel: "Before or after noon",
};

/** A day, chosen in a calendar of the reader's own language. */
export function DateField(
  props: Omit<DatePickerInputProps<"default">, "value" | "onChange"> & {
    /** `YYYY-MM-DD`; null for none. */
    value: string | null;
    onChange: (date: string | null) => void;
  },
) {
  const { date, calendar } = usePickerFormat();
  return (
    <DatePickerInput
      size="xs"
      valueFormatter={({ date: chosen }) => (typeof chosen === "string" ? date(chosen) : "")}
      {...calendar}
      popoverProps={unnamed}
      {...nameWith(props.label, props.value === null ? undefined : date(props.value))}
      {...props}
    />
  );
}

/** A local date and time, chosen in a calendar of the reader's own language and on their clock. */
export function DateTimeField(
  props: Omit<DateTimePickerProps<"default">, "value" | "onChange"> & {
    /** `YYYY-MM-DDTHH:MM[:SS]`; null for none. */
    value: string | null;
    onChange: (local: string | null) => void;
  },
) {
  const { value, onChange, ...rest } = props;
  const { dateTime, twelveHours, calendar } = usePickerFormat();
  return (
    <DateTimePicker
      size="xs"
      valueFormat={dateTime}
      {...calendar}
      popoverProps={unnamed}
      {...nameWith(rest.label, value === null ? undefined : dateTime(value))}
      {...rest}
      value={value === null ? null : value.replace("T", " ")}
      onChange={(next) => onChange(next === null ? null : next.replace(" ", "T").replace(/(T\d\d:\d\d):00$/, "$1"))}
      timePickerProps={{ format: twelveHours ? "12h" : "24h", ...timeLabels }}
      submitButtonProps={{ "aria-label": "Take this time" }}
    />
  );
}

/** A time of day as `HH:MM` on the reader's clock; empty for none. */
export function TimeOfDayField(
  props: Omit<TimePickerProps, "value" | "onChange" | "format"> & {
    value: string;
    onChange: (time: string) => void;
  },
) {
  const { twelveHours } = usePickerFormat();
  return <TimePicker size="xs" format={twelveHours ? "12h" : "24h"} {...timeLabels} {...props} />;
}
