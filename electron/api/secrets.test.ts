import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createOutputText } from "../runtime/local/output/outputText.ts";
import { createRedactor } from "../runtime/local/output/redactor.ts";
import { createFileSecretStore } from "./secrets.ts";

describe("the store of secrets", () => {
  let folder: string;
  const previous = process.umask(0);
  process.umask(previous);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "almanac-secrets-"));
    process.umask(0);
  });
  afterEach(() => {
    process.umask(previous);
    rmSync(folder, { recursive: true, force: true });
  });
  const path = (): string => join(folder, "data", "secrets.json");
  const store = () => createFileSecretStore({ path: path(), now: () => 0 });

  test("gives back what was set, to every process that opens it", () => {
    store().set("TOKEN", "swordfish — geheim");
    store().set("OTHER", "x");
    expect(store().get("TOKEN")).toBe("swordfish — geheim");
    expect(store().list()).toEqual([
      { name: "OTHER", updatedAt: "1970-01-01T00:00:00.000Z" },
      { name: "TOKEN", updatedAt: "1970-01-01T00:00:00.000Z" },
    ]);
    store().delete("TOKEN");
    expect(store().get("TOKEN")).toBeNull();
    expect(store().get("toString")).toBeNull();
  });

  test("what the program keeps for itself is in no list, and no run is given it", () => {
    store().own.set("redis", "rediss://:swordfish@redis.example");
    store().set("TOKEN", "x");
    expect(store().own.get("redis")).toBe("rediss://:swordfish@redis.example");
    expect(
      store()
        .list()
        .map(({ name }) => name),
    ).toEqual(["TOKEN"]);
    expect([store().get(":redis"), store().get("redis")]).toEqual([null, null]);
    expect(() => store().set(":redis", "mine")).toThrow(/^name: /);
    store().delete(":redis");
    expect(store().own.get("redis")).not.toBeNull();
    store().own.delete("redis");
    expect(store().own.get("redis")).toBeNull();
  });

  test("keeps values unreadable, and its files to their owner, whatever the umask", () => {
    store().set("TOKEN", "swordfish");
    expect(statSync(join(folder, "data")).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(join(folder, "data"))) {
      const file = join(folder, "data", name);
      expect(statSync(file).mode & 0o777, name).toBe(0o600);
      const content = readFileSync(file);
      expect(content.includes("swordfish")).toBe(false);
      expect(content.includes(Buffer.from("swordfish").toString("base64"))).toBe(false);
    }
  });

  test("what the system has encrypted is given to programs that have the system's key alone", () => {
    store().set("SHARED", "by key file");
    // Stands in for the system's key chain: turns every byte over.
    const flip = (data: Buffer): Buffer => Buffer.from(data.map((byte) => byte ^ 255));
    const system = {
      encrypt: (text: string) => flip(Buffer.from(text)),
      decrypt: (data: Buffer) => flip(data).toString(),
    };
    const desktop = createFileSecretStore({ path: path(), system });
    desktop.set("OWN", "by the system");
    expect([desktop.get("OWN"), desktop.get("SHARED")]).toEqual(["by the system", "by key file"]);
    expect(store().get("SHARED")).toBe("by key file");
    expect(() => store().get("OWN")).toThrow(expect.objectContaining({ code: "FORBIDDEN" }));
    store().set("OWN", "stored again");
    expect([store().get("OWN"), desktop.get("OWN")]).toEqual(["stored again", "stored again"]);
  });

  test("refuses names and values that are none, and a value that was tampered with", () => {
    expect(() => store().set("a b", "x")).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
    expect(() => store().set("A", "")).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
    store().set("A", "x");
    const text = readFileSync(path(), "utf8");
    const value = /"value": "(.)/.exec(text)?.[1] ?? "";
    writeFileSync(path(), text.replace(`"value": "${value}`, `"value": "${value === "A" ? "B" : "A"}`));
    expect(() => store().get("A")).toThrow();
  });
});

describe("hiding secrets", () => {
  test("leaves nothing of them in output, however it is cut into chunks", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "s3cret", "-", "s3c", "\n"), maxLength: 60 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(20), { maxLength: 30 }), (written, cuts) => {
        const redactor = createRedactor();
        redactor.add("s3cret");
        const output = createOutputText(redactor);
        let shown = "";
        let from = 0;
        for (const cut of cuts) {
          shown += output.push(written.slice(from, from + cut));
          from += cut;
        }
        shown += output.push(written.slice(from)) + output.end();
        expect(shown).toBe(written.replaceAll("s3cret", "••••••"));
      }),
    );
  });

  test("hides them as addresses, JSON, log lines and basic authentication write them", () => {
    const visible = fc.string({
      unit: fc.constantFrom(..."abcXYZ09 '\"\\\n/?&=+%#;:,@$!*()äß€"),
      minLength: 6,
      maxLength: 24,
    });
    fc.assert(
      fc.property(visible, (value) => {
        const redactor = createRedactor();
        redactor.add(value);
        const query = new URL("http://host/");
        query.searchParams.set("token", value);
        const typed = new URL(`http://host/?token=${encodeURIComponent(value)}`);
        const written = {
          json: JSON.stringify({ token: value }),
          component: `?token=${encodeURIComponent(value)}`,
          form: new URLSearchParams({ token: value }).toString(),
          query: query.href,
          typed: typed.href,
          address: encodeURI(`http://host/${value}`),
        };
        const hidden = { json: '{"token":"••••••"}', component: "?token=••••••", form: "token=••••••" };
        const address = { query: "http://host/?token=••••••", typed: "http://host/?token=••••••" };
        const shown = Object.fromEntries(Object.entries(written).map(([way, text]) => [way, redactor.hide(text)]));
        expect(shown).toEqual({ ...hidden, ...address, address: "http://host/••••••" });
      }),
    );
  });

  test("leaves no more than its edges in base 64, whatever it is encoded with", () => {
    const text = fc.string({ unit: "grapheme-ascii", maxLength: 12 });
    const value = fc.string({ unit: "grapheme-ascii", minLength: 8, maxLength: 40 });
    fc.assert(
      fc.property(text, value, text, fc.constantFrom("base64" as const, "base64url" as const), (...given) => {
        const [before, secret, after, encoding] = given;
        const redactor = createRedactor();
        redactor.add(secret);
        const shown = redactor.hide(Buffer.from(before + secret + after).toString(encoding));
        const parts = shown.split("••••••");
        expect(parts.length).toBeGreaterThan(1);
        const clear = (part: string): string => Buffer.from(part, encoding).toString();
        // Four characters hold three bytes: at each end up to two are mixed with what stands beside them.
        expect(clear(parts[0] ?? "").length).toBeLessThanOrEqual(before.length + 2);
      }),
    );
  });

  test("hides what the system's own tools make of them", () => {
    const value =
      "Xk3' pä\"/<&>s$W\\0rd+9=~_-long enough to be broken into several lines by those that do that: Zq7Rt2Vb5Nm8";
    const tools = [
      "xxd -p",
      "od -An -v -tx1",
      "base64",
      "base64 -w 64",
      "base64 -w 0 | tr '+/' '-_'",
      "base32 -w 0",
      "(printf 'user:'; cat) | base64 -w 0",
      "(printf 'abc'; cat) | base32 -w 0",
      "openssl base64",
      `python3 -c 'import sys, json
v = sys.stdin.buffer.read(); t = v.decode()
import html, urllib.parse
for each in (v.hex(), v.hex(":").upper(), v.hex(" "), repr(t), json.dumps(t), json.dumps(json.dumps(t, ensure_ascii=False), ensure_ascii=False), html.escape(t), urllib.parse.quote(t, safe=""), urllib.parse.quote_plus(t), str(list(v)), "".join("%%%02x" % b for b in v), "".join("\\\\x%02X" % b for b in v)): print(each)'`,
      `'${process.execPath}' -e 'const b = require("fs").readFileSync(0); console.log(JSON.stringify([b])); console.log([String(b)], new Uint8Array(b).join(", "))'`,
      'v="$(cat)"; (set -x; : "$v") 2>&1',
    ];
    const redactor = createRedactor();
    redactor.add(value);
    for (const tool of tools) {
      const { stdout, stderr } = spawnSync("bash", ["-c", tool], { input: value, encoding: "utf8" });
      expect(stdout, stderr).not.toBe("");
      for (const line of stdout.split("\n").filter((text) => /\w/.test(text))) {
        // Words around it, and the letters in which its edges are mixed with what stands beside them.
        const left = redactor.hide(line.trim()).replace(/type|Buffer|data/g, "");
        expect(left, `${tool}: ${line}`).toContain("••••••");
        expect(left.match(/[A-Za-z0-9]/g)?.length ?? 0, `${tool}: ${left}`).toBeLessThanOrEqual(10);
      }
    }
  });
});
