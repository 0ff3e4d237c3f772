/** Hatch patterns that every outcome mark on the page refers to; mounted once. */
export function OutcomeDefs() {
  return (
    <svg width="0" height="0" style={{ position: "absolute" }} aria-hidden="true" focusable="false">
      <defs>
        <pattern id="hatch-missed" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="4" height="4" fill="var(--outcome-missed-soft)" />
          <rect width="2" height="4" fill="var(--outcome-missed)" />
        </pattern>
      </defs>
    </svg>
  );
}
