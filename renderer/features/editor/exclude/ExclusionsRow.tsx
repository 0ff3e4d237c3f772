import { memo } from "react";
import { ExclusionList } from "./ExclusionList.tsx";
import classes from "./ExclusionsRow.module.css";

/** What a schedule leaves out: dates, ranges, rules and shared calendars, each with what it takes away. */
export const ExclusionsRow = memo(function ExclusionsRow(
  props: Omit<Parameters<typeof ExclusionList>[0], "withCalendars">,
) {
  return (
    <section className={classes.section} aria-label="Exclusions">
      <span className={classes.label}>except</span>
      <ExclusionList {...props} withCalendars />
    </section>
  );
});
