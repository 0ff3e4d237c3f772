import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { createInterface } from "node:readline";
import { WebSocket } from "ws";
import { expect, test } from "../fixtures/web.ts";

// A user of the machine can be made only by root; elsewhere the same is tested between two servers of one user.
const isRoot = process.getuid?.() === 0 && process.platform === "linux";
const userName = "almanac-stranger";

/** Notes all that it is asked, answers with a page that looks for whatever it can reach, and with a redirect. */
const strangersProgram = `
const seen = [];
const page = \`<!doctype html><title>stranger</title><script>
const found = { cookie: document.cookie, referrer: document.referrer, name: window.name, opener: String(window.opener),
  local: JSON.stringify(localStorage), session: JSON.stringify(sessionStorage), url: location.href };
const target = new URLSearchParams(location.search).get("target");
const tries = target === null ? [] : [
  fetch(target + "/session", { credentials: "include" }).then((r) => "answered " + r.status, String),
  fetch(target + "/", { credentials: "include", mode: "no-cors" }).then((r) => r.type, String),
  new Promise((done) => { const s = new WebSocket(target.replace("http", "ws") + "/trpc?connectionParams=1");
    s.onopen = () => done("socket open"); s.onerror = () => done("socket refused"); }),
];
Promise.all(tries).then((tried) => fetch("/found", { method: "POST", body: JSON.stringify({ ...found, tried }) }))
  .then(() => { document.title = "done"; });
</script>\`;
const server = require("node:http").createServer((request, response) => {
  let body = "";
  request.on("data", (part) => { body += part; });
  request.on("end", () => {
    if (request.url === "/seen") return response.end(JSON.stringify({ uid: process.getuid?.(), seen }));
    seen.push({ method: request.method, url: request.url, headers: request.rawHeaders, body });
    if (request.url === "/redirect") return response.writeHead(302, { location: "/page" }).end();
    response.setHeader("set-cookie", "almanac-session=planted; path=/");
    response.setHeader("content-type", "text/html").end(page);
  });
});
server.on("upgrade", (request, socket) => { seen.push({ url: request.url, headers: request.rawHeaders }); socket.destroy(); });
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`;

async function startStranger(): Promise<{ origin: string; program: ChildProcess }> {
  let ids = {};
  if (isRoot) {
    try {
      execFileSync("useradd", ["--system", "--no-create-home", "--shell", "/usr/sbin/nologin", userName]);
    } catch {
      // Left by a test that was killed; where there is no such program the next line says so.
    }
    const id = (option: string): number => Number(execFileSync("id", [option, userName]));
    ids = { uid: id("-u"), gid: id("-g") };
  }
  const program = spawn(process.execPath, ["-e", strangersProgram], {
    ...ids,
    cwd: "/",
    env: {},
    stdio: ["ignore", "pipe", "inherit"],
  });
  const port = await new Promise<string>((found, failed) => {
    program.on("exit", (code) => failed(new Error(`the stranger's server ended with ${code}`)));
    createInterface({ input: program.stdout }).on("line", found);
  });
  return { origin: `http://127.0.0.1:${port}`, program };
}

function statusOf(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
}

test("another user's server on this host gets nothing that signs in, and what it gets opens nothing", async ({
  page,
  server,
  context,
}) => {
  const token = new URL(server.address).hash.slice("#token=".length);
  const almanac = new URL(server.address).origin;
  await page.goto(server.address);
  await expect(page.getByText("Nothing is scheduled yet")).toBeVisible();
  expect(page.url()).not.toContain(token);
  expect(await context.cookies()).toEqual([]);
  const session = await page.evaluate(() => window.localStorage.getItem("almanac-session"));
  expect(session).toMatch(/^[\w-]+\.[\w-]{40,}$/);

  const { origin, program } = await startStranger();
  try {
    const arrive = async (go: () => Promise<unknown>): Promise<void> => {
      await go();
      await expect(page).toHaveTitle("done");
    };
    await test.step("by a typed address, a redirect, and a link on the page", async () => {
      await arrive(() => page.goto(`${origin}/page?target=${almanac}`));
      await arrive(() => page.goto(`${origin}/redirect`));
      await page.goto(almanac);
      await expect(page.getByText("Nothing is scheduled yet")).toBeVisible();
      await arrive(() =>
        page.evaluate((to) => {
          const link = document.createElement("a");
          link.href = to;
          document.body.append(link);
          link.click();
        }, `${origin}/page`),
      );
      await page.goto(almanac);
      await page.evaluate((to) => {
        // The policy of the page refuses both.
        void fetch(to, { mode: "no-cors" }).catch(() => undefined);
        new WebSocket(to.replace("http", "ws"));
      }, `${origin}/page`);
    });
    await page.goto(almanac);
    await expect(page.getByText("Nothing is scheduled yet")).toBeVisible();

    const { uid, seen } = (await (await fetch(`${origin}/seen`)).json()) as {
      uid: number;
      seen: { url: string; headers: string[]; body?: string }[];
    };
    if (isRoot) expect(uid).toBeGreaterThan(0);
    expect(seen.filter(({ url }) => url.startsWith("/page")).length).toBe(3);
    const everything = JSON.stringify(seen);
    for (const secret of [token, ...(session ?? "").split(".")]) expect(everything).not.toContain(secret);
    const found = seen.flatMap(({ url, body }) => (url === "/found" ? [JSON.parse(body ?? "")] : []));
    expect(found[0].tried).toEqual([
      expect.stringContaining("TypeError"),
      expect.stringContaining("TypeError"),
      "socket refused",
    ]);

    await test.step("what it was sent, sent on as if from the page", async () => {
      for (const { headers } of seen) {
        const sent: Record<string, string> = {};
        for (let i = 0; i < headers.length; i += 2) sent[headers[i] ?? ""] = headers[i + 1] ?? "";
        for (const name of Object.keys(sent))
          if (/^(host|origin|sec-|content-|connection|upgrade)/i.test(name)) delete sent[name];
        expect(await statusOf(`${almanac}/session`, sent)).toBe(401);
        const answers = await new Promise<string[]>((resolve) => {
          const got: string[] = [];
          const socket = new WebSocket(`${almanac.replace("http", "ws")}/trpc?connectionParams=1`, {
            headers: { ...sent, origin: almanac },
          });
          socket.on("open", () => {
            socket.send(JSON.stringify({ method: "connectionParams", data: { session: sent["Cookie"] ?? "" } }));
            socket.send(JSON.stringify({ id: 1, method: "query", params: { path: "system.status" } }));
          });
          socket.on("message", (data) => got.push(String(data)));
          socket.on("close", () => resolve(got));
        });
        expect(answers.length).toBeGreaterThan(0);
        for (const answer of answers) expect(JSON.parse(answer).error.data.code).toBe("UNAUTHORIZED");
      }
    });
    const again = await fetch(`${almanac}/session`, {
      method: "POST",
      headers: { origin: almanac, "content-type": "application/json" },
      body: JSON.stringify({ token }),
    });
    expect(again.status).toBe(401);
  } finally {
    // The user cannot be deleted while the program is still going.
    const gone = once(program, "exit");
    program.kill();
    await gone;
    if (isRoot) execFileSync("userdel", [userName], { stdio: "ignore" });
  }
});
