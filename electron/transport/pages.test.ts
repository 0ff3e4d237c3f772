import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noncePlaceholder, readPage } from "./pages.ts";

let root: string;
let folder: string;
const text = (body: Uint8Array) => new TextDecoder().decode(body);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "almanac-pages-"));
  folder = join(root, "renderer");
  await mkdir(join(folder, "assets"), { recursive: true });
  await writeFile(join(root, "secret.txt"), "secret");
  await writeFile(join(folder, "index.html"), `<meta nonce="${noncePlaceholder}"><link nonce="${noncePlaceholder}">`);
  await writeFile(join(folder, "assets", "index-abc.js"), "let a;");
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("readPage", () => {
  it("answers every page path with the document under its own nonce", async () => {
    const [first, second] = await Promise.all([readPage(folder, "/"), readPage(folder, "/schedules/nightly")]);
    const nonce = /nonce="([^"]+)"/.exec(text(first.body))?.[1] ?? "";
    expect(nonce).not.toContain(noncePlaceholder);
    expect(first.headers["Content-Security-Policy"]).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(text(second.body)).not.toContain(nonce);
    expect(second.status).toBe(200);
  });

  it("takes an id with dots for a page, not for a file", async () => {
    const page = await readPage(folder, "/schedules/report.v2.json");
    expect(page.headers["Content-Type"]).toContain("text/html");
  });

  it("allows no inline and no evaluated script", async () => {
    const policy = (await readPage(folder, "/")).headers["Content-Security-Policy"] ?? "";
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain("unsafe");
  });

  it("serves hashed files for good and with their type", async () => {
    const file = await readPage(folder, "/assets/index-abc.js");
    expect(text(file.body)).toBe("let a;");
    expect(file.headers["Content-Type"]).toContain("text/javascript");
    expect(file.headers["Cache-Control"]).toContain("immutable");
    expect((await readPage(folder, "/assets/other.js")).status).toBe(404);
  });

  it.each([
    "/../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/assets/..%5c..%5csecret.txt",
    "/a%00.js",
    "/%",
    "C:/secret.txt",
  ])("refuses %s", async (path) => {
    const page = await readPage(folder, path);
    expect(page.status).toBe(400);
    expect(text(page.body)).not.toContain("secret");
  });
});
