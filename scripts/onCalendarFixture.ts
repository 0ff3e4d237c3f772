// Writes shared/schedule/testing/onCalendars.json: random OnCalendar expressions and what `systemd-analyze calendar`
// says of them, in UTC and in a zone whose clock changes. Run it where systemd is installed: node scripts/onCalendarFixture.ts [count]
import { writeFileSync } from "node:fs";
import fc from "fast-check";
import { onCalendar } from "../shared/schedule/testing/onCalendars.ts";
import { askSystemd, type OnCalendarAnswer } from "../shared/schedule/testing/systemdAnalyze.ts";

const count = Number(process.argv[2] ?? 510);
const texts = [...new Set(fc.sample(onCalendar, { numRuns: count * 2, seed: 252 }))].slice(0, count);
const answers: OnCalendarAnswer[] = [];
for (const text of texts) {
  answers.push(...askSystemd(text, "UTC"), ...askSystemd(text, "Europe/Berlin"));
}
const path = new URL("../shared/schedule/testing/onCalendars.json", import.meta.url);
writeFileSync(path, `[\n${answers.map((answer) => `  ${JSON.stringify(answer)}`).join(",\n")}\n]\n`);
process.stdout.write(`${answers.length} answers, ${answers.filter(({ times }) => times === null).length} refused\n`);
