import ICAL from "ical.js";

/** Firings as an iCalendar file, one event each. Instants are epoch ms. */
export function writeICalendar(
  firings: readonly { scheduleId: string; name: string; at: number }[],
  specTexts: ReadonlyMap<string, string>,
  nowAt: number,
): string {
  const calendar = new ICAL.Component("vcalendar");
  calendar.updatePropertyWithValue("version", "2.0");
  calendar.updatePropertyWithValue("prodid", "-//Almanac//Almanac//EN");
  const utc = (at: number): ICAL.Time => ICAL.Time.fromJSDate(new Date(at), true);
  for (const { scheduleId, name, at } of firings) {
    const event = new ICAL.Component("vevent");
    event.updatePropertyWithValue("uid", `${scheduleId}-${at}@almanac`);
    event.updatePropertyWithValue("dtstamp", utc(nowAt));
    event.updatePropertyWithValue("dtstart", utc(at));
    event.updatePropertyWithValue("summary", name);
    event.updatePropertyWithValue("description", specTexts.get(scheduleId) ?? "");
    event.updatePropertyWithValue("transp", "TRANSPARENT");
    calendar.addSubcomponent(event);
  }
  return `${calendar.toString()}\r\n`;
}
