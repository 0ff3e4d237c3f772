import { type ComboboxItem, type OptionsFilter, Select } from "@mantine/core";
import { useMemo, useState } from "react";

const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const zones = [...new Set(["UTC", ownZone, ...Intl.supportedValuesOf("timeZone")])];

/** `UTC+05:30` now; empty where the zone is unknown. */
function offsetNow(zone: string): string {
  try {
    const parts = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts();
    const name = parts.find((part) => part.type === "timeZoneName")?.value ?? "";
    return name === "GMT" ? "UTC+00:00" : name.replace("GMT", "UTC");
  } catch {
    return "";
  }
}

/** Finds `new york`, `York`, `+5:30` and `America/New_York` alike; the reader's own zone and UTC first. */
const filter: OptionsFilter = ({ options, search, limit }) => {
  const words = search.toLowerCase().replaceAll("_", " ").split(/\s+/).filter(Boolean);
  return (options as ComboboxItem[])
    .filter((option) => {
      const text = option.label.toLowerCase().replaceAll("_", " ");
      return words.every((word) => text.includes(word));
    })
    .slice(0, limit);
};

/** Picks an IANA time zone by typing a city, a region or an offset. */
export function ZoneSelect(props: {
  value: string;
  onChange: (zone: string) => void;
  /** Default "Time zone". */
  label?: string;
  /** Keeps the label for screen readers only. */
  hideLabel?: boolean;
  error?: string;
  disabled?: boolean;
  w?: number | string;
}) {
  const { value } = props;
  const data = useMemo(
    () =>
      [...new Set([...zones, value])].map((zone) => {
        const offset = offsetNow(zone);
        return { value: zone, label: offset === "" ? zone : `${zone} (${offset})` };
      }),
    [value],
  );
  const label = props.label ?? "Time zone";
  const [search, setSearch] = useState("");
  // What Enter found nothing for: the zone stays what it was, and that is said.
  const [unknown, setUnknown] = useState<string | null>(null);
  const isFound = filter({ options: data, search, limit: 1 }).length > 0;
  return (
    <Select
      label={props.hideLabel ? undefined : label}
      aria-label={props.hideLabel ? label : undefined}
      data={data}
      value={value}
      onChange={(zone) => {
        setUnknown(null);
        if (zone !== null) props.onChange(zone);
      }}
      searchable
      searchValue={search}
      onSearchChange={(next) => {
        setSearch(next);
        if (next !== "" && !data.some(({ label: shown }) => shown === next)) setUnknown(null);
      }}
      // Typing takes the place of the zone that is shown, and is not added to it.
      onFocus={(event) => event.currentTarget.select()}
      onClick={(event) => event.currentTarget.select()}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !isFound) setUnknown(search);
      }}
      allowDeselect={false}
      filter={filter}
      limit={60}
      nothingFoundMessage="No such zone: try a city or an offset such as +05:30"
      selectFirstOptionOnChange
      error={props.error ?? (unknown === null ? undefined : `No zone fits "${unknown}": ${value} holds.`)}
      disabled={props.disabled}
      w={props.w}
      comboboxProps={{ width: "max-content", position: "bottom-start" }}
    />
  );
}
