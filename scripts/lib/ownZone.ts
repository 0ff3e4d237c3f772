// A test that is to run in a zone, and does not, would hold anywhere.
const asked = process.env["ALMANAC_ZONE"];
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
if (asked !== undefined && timeZone !== asked)
  throw new Error(`the process is in ${timeZone}, and ${asked} was asked for`);
