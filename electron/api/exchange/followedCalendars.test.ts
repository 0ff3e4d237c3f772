import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import type { CalendarSourceStore } from "../../storage/tables/calendarSources.ts";
import { owner } from "../access/caller.ts";
import { createCaller } from "../router.ts";
import { tempApp } from "../testing/tempApp.ts";
import { createFollowedCalendars } from "./followedCalendars.ts";

const calendar = (...days: string[]): string =>
  `BEGIN:VCALENDAR\r\n${days.map((day, i) => `BEGIN:VEVENT\r\nUID:${i}\r\nDTSTART;VALUE=DATE:${day}\r\nEND:VEVENT`).join("\r\n")}\r\nEND:VCALENDAR`;

async function published() {
  let answer = { status: 200, text: "" };
  let asked = 0;
  const server = createServer((_request, response) => {
    asked++;
    response.writeHead(answer.status, { "content-type": "text/calendar" }).end(answer.text);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/team.ics`,
    asked: () => asked,
    answer(status: number, text: string) {
      answer = { status, text };
    },
    [Symbol.asyncDispose]: () => new Promise<void>((closed) => void server.close(() => closed())),
  };
}

it("reads a calendar again after a day, and keeps its last good state where that fails", async () => {
  await using page = await published();
  await using app = await tempApp();
  const api = createCaller({ app, actor: "user", caller: owner });
  page.answer(200, calendar("20271224"));
  expect(await api.calendars.follow({ name: "team", url: page.url })).toMatchObject({ entries: ["2027-12-24"] });

  const sources = app.calendarSources as CalendarSourceStore;
  let nowAt = Date.now();
  const followed = createFollowedCalendars({
    engine: app.engine,
    sources,
    read: (name, text) => app.exchange.importICal(name, text),
    now: () => nowAt,
    logger: app.logger,
  });
  const entries = () => app.reads.exclusionCalendars()[0]?.entries;
  const source = async () => (await api.calendars.list())[0]?.source;
  nowAt += 23 * 3_600_000;
  await followed.readDue();
  expect(page.asked()).toBe(1);
  nowAt += 3_600_000;
  for (const [status, text, problem] of [
    [500, "", "500"],
    [200, "<html>moved</html>", "an iCalendar file"],
    [200, `BEGIN:VCALENDAR${" ".repeat(6_000_000)}`, "at most 5 MB"],
  ] as const) {
    page.answer(status, text);
    await followed.readDue();
    expect(await source()).toMatchObject({ url: page.url, problem: expect.stringContaining(problem) });
    expect(entries()).toEqual(["2027-12-24"]);
    // Not before an hour has gone.
    const asked = page.asked();
    await followed.readDue();
    expect(page.asked()).toBe(asked);
    nowAt += 3_600_000;
  }
  page.answer(200, calendar("20271224", "20271231"));
  await followed.readDue();
  expect(entries()).toEqual(["2027-12-24", "2027-12-31"]);
  expect(await source()).toMatchObject({ problem: null });

  expect(await api.calendars.unfollow({ name: "team" })).toEqual({ unfollowed: true });
  nowAt += 86_400_000;
  const asked = page.asked();
  await followed.readDue();
  expect(page.asked()).toBe(asked);
});

it("takes no address of a file or a program, and changes nothing where it cannot be read", async () => {
  await using app = await tempApp();
  const api = createCaller({ app, actor: "user", caller: owner });
  for (const url of ["file:///etc/passwd", "javascript:alert(1)", "holidays", "http://127.0.0.1:1/x.ics"]) {
    await expect(api.calendars.follow({ name: "team", url })).rejects.toThrow(/url/);
  }
  expect(await api.calendars.list()).toEqual([]);
});
