import { expect, it } from "vitest";
import { looksLikeCrontab } from "./looksLikeCrontab.ts";

it.each([
  "30 4 * * * /usr/bin/true\n",
  "# nightly\nMAILTO=root\n*/5 * * * mon-fri /bin/x --flag\n",
  "@daily /bin/backup\n",
  "@reboot /bin/false\n",
])("takes %j for a crontab", (text) => {
  expect(looksLikeCrontab(text)).toBe(true);
});

it.each([
  '{"schedules":[{"name":"a b c d e f"}]}',
  "schedules:\n  - name: one two three four five six\n    spec:\n      cron: 0 9 * * *\n",
  "[]",
  "",
  "hello",
])("takes %j for something else", (text) => {
  expect(looksLikeCrontab(text)).toBe(false);
});
