import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, hostname, tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { unzipSync } from "fflate";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { owner } from "../access/caller.ts";
import { createCaller } from "../router.ts";
import { tempApp } from "../testing/tempApp.ts";
import { crashFolder, logFolder } from "./folders.ts";
import { createHide } from "./hide.ts";

const nothing = { secrets: [], env: {}, homes: [], host: "" };

describe("what is hidden", () => {
  const canary = "canary-9f3a";
  it.each([
    `curl -u me:${canary} https://example.com/a`,
    `curl -H "Authorization: Bearer ${canary}" https://example.com`,
    `curl --header 'X-Api-Key: ${canary}' x`,
    `https://me:${canary}@example.com/feed.ics`,
    `redis://:${canary}@10.0.0.1:6379/0`,
    `postgres://me:with@${canary}@db/x`,
    `GET https://example.com/a?token=${canary}&b=1`,
    `http://127.0.0.1:7390/#token=${canary}`,
    `mysqldump -p${canary} all`,
    `sshpass -p ${canary} ssh host`,
    `backup --password ${canary} --verbose`,
    `backup --db-password='${canary} and more' /srv`,
    `PGPASSWORD=${canary} pg_dump`,
    `export AWS_SECRET_ACCESS_KEY="${canary}"`,
    `{"password":"${canary}","user":"me"}`,
    `{ apiKey: '${canary}' }`,
    `client_secret: ${canary}`,
    `Cookie: session=${canary}; other=1`,
    `-----BEGIN OPENSSH PRIVATE KEY-----\n${canary}\n-----END OPENSSH PRIVATE KEY-----`,
    `ghp_${canary.replaceAll("-", "")}abcdefghijkl`,
    `eyJhbGciOiJIUzI1NiJ9.${canary.replaceAll("-", "")}.c2lnbmF0dXJl`,
  ])("the secret in %j", (line) => {
    const clean = createHide(nothing)(`before ${line} `);
    expect(clean).not.toContain(canary);
    expect(clean).not.toContain(canary.replaceAll("-", ""));
    expect(clean).toContain("before ");
  });

  it("nothing of what helps", () => {
    const lines = [
      "2026-03-01T10:00:00.000Z error the schedule nightly: exit code 3 after 12 s",
      "    at openDatabase (/usr/lib/almanac/resources/app.asar/dist/chunks/app-Bx81kLq2.js:1201:17)",
      "Electron 45.4.1, Node 24.21.0, linux x64",
      '{"schemaVersion": 21, "integrity": ["ok"], "runtime": "local"}',
      "https://example.com/releases could not be read: connect ECONNREFUSED 127.0.0.1:443",
      "ssh -p 2222 host true",
    ].join("\n");
    expect(createHide({ ...nothing, homes: ["/home/me"] })(lines)).toBe(lines);
  });

  it("values of secrets in any spelling, of the environment, the home folder and the machine's name", () => {
    const value = 'p"ä ss/9+w\\ord';
    const address = "https://hooks.example.com/services/T0001/B0002/abcdefghijklmnop";
    const hide = createHide({
      secrets: [value, JSON.stringify({ url: address, password: "in-json-77" }), "redis://:in%2Faddress@h:1"],
      env: { SOMETHING: "from-the-environment", PATH: "/usr/bin", MODE: "production", DB_PIN: "4711" },
      homes: ["/home/ann"],
      host: "anns-laptop",
    });
    const spelled = [
      value,
      JSON.stringify(value),
      encodeURIComponent(value),
      Buffer.from(value).toString("base64"),
      Buffer.from(value).toString("hex"),
      "abcdefghijklmnop",
      "in-json-77",
      "in/address",
    ];
    const clean = hide(spelled.join("\n"));
    for (const text of [...spelled, "ss/9"]) expect(clean).not.toContain(text);
    expect(hide("/home/ann/jobs on anns-laptop: from-the-environment in production, 4711")).toBe(
      "~/jobs on [this machine]: [SOMETHING] in production, [DB_PIN]",
    );
  });

  it("a planted value, wherever it stands among others", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, maxLength: 40, unit: "binary" }).filter((text) => text.trim().length >= 8),
        fc.string(),
        fc.string(),
        (secret, before, after) => {
          const clean = createHide({ ...nothing, secrets: [secret] })(
            `${before}${secret}${after}${JSON.stringify(secret)}`,
          );
          return !clean.includes(secret);
        },
      ),
    );
  });
});

describe("the diagnostics", () => {
  it("hold what helps, in a zip that others can read, and no planted secret", async () => {
    vi.stubEnv("ALMANAC_TRIED_THING", "canary-environment-3e");
    onTestFinished(() => void vi.unstubAllEnvs());
    await using app = await tempApp();
    const api = createCaller({ app, actor: "user", caller: owner });
    const planted = [
      "canary-secret-1a",
      "canary-redis-2b",
      "canary-environment-3e",
      "canary-command-4c",
      "canary-text-5d",
    ];
    await api.system.setSecret({ name: "DB", value: "canary-secret-1a" });
    await api.system.setSetting({ key: "own.note", value: "canary-text-5d" });
    await api.system.setSetting({ key: "runsAtOnce", value: 7 });
    await api.schedules.create({
      scheduleId: "nightly",
      workflowName: "shell.command",
      spec: { cron: "0 3 * * *" },
      input: { command: "backup --password canary-command-4c" },
    });
    mkdirSync(logFolder(app.dataDir), { recursive: true });
    const log = [
      "2026-03-01T10:00:00.000Z warn canary-secret-1a was sent",
      `2026-03-01T10:00:01.000Z error redis://:canary-redis-2b@h:6379 is away; see ${homedir()}/notes`,
      `2026-03-01T10:00:02.000Z error ${hostname()} canary-environment-3e`,
      `2026-03-01T10:00:03.000Z error ${Buffer.from("canary-secret-1a").toString("base64")}`,
      "2026-03-01T10:00:04.000Z info the last line",
    ];
    writeFileSync(join(logFolder(app.dataDir), "desktop.log"), `${log.join("\n")}\n`);
    mkdirSync(crashFolder(app.dataDir), { recursive: true });
    writeFileSync(join(crashFolder(app.dataDir), "1.txt"), "Error: --token canary-command-4c\n    at somewhere\n");

    const { files, zip, fileName } = await api.system.diagnostics();
    const text = (name: string): string => files.find((file) => file.name === name)?.text ?? "";
    const all = files.map((file) => `${file.name}\n${file.text}`).join("\n");
    for (const canary of [...planted, Buffer.from("canary-secret-1a").toString("base64")])
      expect(all).not.toContain(canary);
    if (homedir().length > 1) expect(text("log.txt")).toContain("see ~/notes");
    expect(text("log.txt")).toContain("the last line");
    expect(text("crashes/1.txt")).toContain("at somewhere");
    expect(JSON.parse(text("settings.json"))).toMatchObject({ runsAtOnce: 7, "own.note": "(14 characters)" });
    expect(JSON.parse(text("counts.json"))).toMatchObject({ schedules: { active: 1 } });
    expect(JSON.parse(text("doctor.json"))).toMatchObject({ database: { schedules: 1, integrity: ["ok"] } });
    expect(text("folder.txt")).toMatch(/almanac\.db\n/);
    for (const { name } of files) expect(`${text("README.txt")}README.txt: `).toContain(`${name}: `);

    const folder = mkdtempSync(join(tmpdir(), "almanac-diagnostics-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const archive = join(folder, fileName);
    writeFileSync(archive, Buffer.from(zip, "base64"));
    const inside = unzipSync(Buffer.from(zip, "base64"));
    expect(Object.keys(inside)).toEqual(files.map(({ name }) => `${fileName.replace(/\.zip$/, "")}/${name}`));
    const unzip = spawnSync("unzip", ["-p", archive], { encoding: "utf8", maxBuffer: 1e8 });
    if (unzip.error === undefined) expect(unzip.stdout).toBe(files.map((file) => file.text).join(""));
  });
});
